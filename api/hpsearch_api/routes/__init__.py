"""The endpoints: they parse, call the service, and render; rules live in the service."""

from hpsearch_api.routes import (
    charts,
    check,
    document,
    health,
    live,
    pages,
    records,
    studies,
    tokens,
    trials,
    verbs,
    workers,
)

ROUTERS = (
    verbs.router,
    studies.router,
    check.router,
    trials.router,
    live.router,
    charts.router,
    charts.comparing,
    records.router,
    workers.router,
    tokens.router,
    health.router,
    document.router,
    pages.router,
)
"""In the order in which paths are matched: the verbs of the protocol, which are most of the traffic, first."""
