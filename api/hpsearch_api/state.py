"""What a request finds in its app and its scope, typed."""

from typing import cast

from fastapi import Request

from hpsearch.identity import Identity
from hpsearch.service import Service
from hpsearch_api.metrics import Metrics


def service_of(request: Request) -> Service:
    """The service of this process."""
    return cast("Service", request.app.state.service)


def metrics_of(request: Request) -> Metrics:
    """The metrics of this process."""
    return cast("Metrics", request.app.state.metrics)


def who(request: Request) -> Identity:
    """Who asks: the holder of the token."""
    return cast("Identity", request.state.who)
