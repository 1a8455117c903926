"""hpsearch: a hyperparameter search service (domain, service and client)."""

__version__ = "0.1.0"
