"""The pages: sign-in and sign-out by a form, the dashboard, and static files."""

from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from hpsearch.errors import Forbidden, HpsearchError, InvalidInput, TooManyRequests, Unauthorized
from hpsearch_api import cookies, dashboard, files, pages, problems
from hpsearch_api.router import new_router
from hpsearch_api.state import link_of, service_of, sign_ins_of, who

MOST_BYTES = 10_000
"""Of a form: a token is at most some hundred."""
_FIELDS = frozenset({"token", "code", "sign_out"})
_UNKNOWN = "This token is unknown, revoked, or over."
_SPENT = "This link was used already, or is older than 5 minutes, or of another server. Sign in with a token."
_NOBODY = "No admin's token lets in any more; whoever has the database makes one with: hpsearch db token"
_WORKERS = "This is the token of a worker, which may look at nothing."
_TOO_MANY = "Too many tries from this address; try again in a second."

router = new_router("", "pages")


@router.get(pages.LOGIN, include_in_schema=False)
async def login_page(request: Request) -> Response:
    """Asks for a token, or, at a link with a code, whether to use it. Spends nothing."""
    code = request.query_params.get("code")
    return pages.confirm(code) if code else pages.sign_in()


@router.post(pages.LOGIN, include_in_schema=False)
async def login(request: Request) -> Response:
    """Takes one of `token`, `code` and `sign_out`, and leads to the first page, with a session or without."""
    if not sign_ins_of(request).take(_address(request)):
        return _again(TooManyRequests, _TOO_MANY)
    field, value = await _form(request)
    if field == "sign_out":
        return await _sign_out(request)
    if field == "code" and not link_of(request).take(value):
        return _again(Unauthorized, _SPENT)
    try:
        session = await service_of(request).sign_in(None if field == "code" else value.strip())
    except Forbidden:
        return _again(Forbidden, _WORKERS)
    except Unauthorized:
        return _again(Unauthorized, _NOBODY if field == "code" else _UNKNOWN)
    return _go("/", cookies.holding(request.scope, session))


async def _sign_out(request: Request) -> Response:
    service, session = service_of(request), cookies.session_of(request.scope)
    if session is not None and await service.authenticate_session(session) is not None:
        await service.sign_out(session)
    return _go(pages.LOGIN, cookies.emptied(request.scope))


def _again(error: type[HpsearchError], problem: str) -> Response:
    return pages.sign_in(problems.status_of(error), problem)


def _go(path: str, cookie: str) -> Response:
    return RedirectResponse(path, 303, {"Set-Cookie": cookie, "Cache-Control": "no-store"})


async def _form(request: Request) -> tuple[str, str]:
    """The one field of the form; raises InvalidInput."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise HTTPException(415, "needs Content-Type: application/x-www-form-urlencoded")
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise InvalidInput.at("body", f"must have at most {MOST_BYTES} bytes")
    try:
        found = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=len(_FIELDS))
    except ValueError:
        found = {}
    fields = [(name, values[0]) for name, values in found.items() if name in _FIELDS and len(values) == 1]
    if len(fields) != 1 or len(found) != 1:
        raise InvalidInput.at("body", f"must be a form with one of {', '.join(sorted(_FIELDS))}")
    return fields[0]


def _address(request: Request) -> str:
    """Who tries: an address, of IPv6 the network of one subscriber."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ip_network((address, 64), strict=False))


@router.get(files.ROUTE, include_in_schema=False)
async def static_file(request: Request) -> Response:
    """A file of the pages."""
    path = request.scope["path"]  # as it was let in
    file = files.find(path)
    if file is None:
        raise HTTPException(404)
    keep = "public, max-age=31536000, immutable" if files.lasts(path) else "no-cache"
    headers = {"Cache-Control": keep, "X-Content-Type-Options": "nosniff", "ETag": file.etag}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(file.content, 200, headers, file.media_type)


def _show(path: str) -> None:
    @router.get(path, include_in_schema=False)
    async def page(request: Request) -> Response:
        return dashboard.document(who(request))


for _path in dashboard.PATHS:
    _show(_path)
