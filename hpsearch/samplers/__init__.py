"""Samplers: they take views and return suggestions."""
