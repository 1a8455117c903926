"""Built-in objectives: their settings, the names they search, and what shapes the program."""
