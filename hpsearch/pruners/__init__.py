"""Pruners: they take reports and return whether to stop."""
