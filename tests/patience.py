"""How long tests wait for what has to come: machines are shared, and nothing here depends on their speed."""

SECONDS = 120.0
"""Before a test gives up; pyproject.toml gives a whole test more."""
