"""The application: the service's life, the layers around every request, the routes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from hpsearch import __version__
from hpsearch.service import Service
from hpsearch.settings import Settings
from hpsearch_api import access, exposure, openapi, problems
from hpsearch_api.auth import Authentication
from hpsearch_api.head import Head
from hpsearch_api.hosts import Hosts
from hpsearch_api.metrics import Measure, Metrics
from hpsearch_api.rates import Rates
from hpsearch_api.request_context import RequestContext
from hpsearch_api.routes import ROUTERS
from hpsearch_api.sign_in_link import SignInLink
from hpsearch_migrations import open_database

SIGN_INS_PER_SECOND = 1.0
"""Tries to sign in of one address, in the long run."""
_ROUTES = [route for router in ROUTERS for route in router.routes]


def create_app(settings: Settings) -> FastAPI:
    """The application on the database that `settings` name. Nothing is opened before its lifespan begins.

    The lifespan raises what `open_database` raises, and closes the service when the last request has been answered.
    """
    metrics = Metrics()
    app = FastAPI(
        title="hpsearch",
        version=__version__,
        summary="Hyperparameter search: studies over REST, trials under leases.",
        lifespan=_lifespan(settings),
        middleware=[
            Middleware(Measure, metrics),
            Middleware(RequestContext),
            Middleware(Hosts, settings.allowed_hosts),
            Middleware(Head),
            Middleware(Authentication, Rates(settings.requests_per_second)),
        ],
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # a route of ours, behind the check, answers it
        redirect_slashes=False,
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # looked up in the environment at each request
        routes=_ROUTES,  # included routers would cost 15 us more a request: each is matched twice
    )
    app.state.metrics = metrics
    app.state.sign_ins = Rates(SIGN_INS_PER_SECOND)
    app.state.link = SignInLink()
    access.check(app.routes)
    problems.install(app)
    openapi.install(app)
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = await asyncio.to_thread(open_database, settings.database_url)
        try:
            await asyncio.to_thread(exposure.check, database, settings)
            service = await Service.open(database, settings)
        except BaseException:
            database.close()
            raise
        app.state.service = service
        app.state.database = str(database)
        try:
            yield
        finally:
            await service.close()

    return lifespan
