"""The API's own document, for whoever has a token."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from hpsearch_api.router import new_router

router = new_router("", "document")


@router.get("/openapi.json", include_in_schema=False)
async def document(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())
