"""The service: what the verbs and commands do, without HTTP."""

from hpsearch.service.service import Service

__all__ = ["Service"]
