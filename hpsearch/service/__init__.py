"""The service: what the verbs and commands do."""
