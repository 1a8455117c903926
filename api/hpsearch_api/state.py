"""What a request finds in its app and its scope, typed."""

from typing import cast

from fastapi import Request

from hpsearch.identity import Identity
from hpsearch.service import Service
from hpsearch_api.metrics import Metrics
from hpsearch_api.rates import Rates
from hpsearch_api.sign_in_link import SignInLink


def service_of(request: Request) -> Service:
    """The service of this process."""
    return cast("Service", request.app.state.service)


def metrics_of(request: Request) -> Metrics:
    """The metrics of this process."""
    return cast("Metrics", request.app.state.metrics)


def sign_ins_of(request: Request) -> Rates:
    """How often one address may try to sign in to this process."""
    return cast("Rates", request.app.state.sign_ins)


def link_of(request: Request) -> SignInLink:
    """The link of this process."""
    return cast("SignInLink", request.app.state.link)


def who(request: Request) -> Identity:
    """Who asks: the holder of the token."""
    return cast("Identity", request.state.who)
