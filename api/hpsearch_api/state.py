"""What a request finds in its app and its scope, typed."""

from typing import cast

from fastapi import Request

from hpsearch.service import Service
from hpsearch_api.metrics import Metrics


def service_of(request: Request) -> Service:
    """The service of this process."""
    return cast("Service", request.app.state.service)


def metrics_of(request: Request) -> Metrics:
    """The metrics of this process."""
    return cast("Metrics", request.app.state.metrics)


def who(request: Request) -> str:
    """Who asks: the name of the token."""
    return cast("str", request.state.who)
