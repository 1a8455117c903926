"""The client: a typed, synchronous, retrying caller of the REST API."""
