"""The HTTP server: FastAPI over hpsearch.service."""
