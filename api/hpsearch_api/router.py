"""Routers of the endpoints, all made alike."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from hpsearch_api.access import GuardedRoute


def new_router(prefix: str, tag: str, route: type[GuardedRoute] = GuardedRoute) -> APIRouter:
    """A router whose bodies are read strictly, whose callers are checked, and whose operation ids are the names of the endpoints."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=route, generate_unique_id_function=_operation_id)


def _operation_id(route: APIRoute) -> str:
    """The endpoint's name, from which clients are generated: as stable as the path."""
    return route.name
