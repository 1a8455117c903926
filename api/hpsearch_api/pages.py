"""The pages that need no script: sign-in, and who is signed in where there is no dashboard. Nothing on them comes from elsewhere."""

from html import escape

from fastapi import Response

from hpsearch import __version__
from hpsearch.identity import Identity
from hpsearch_api.files import lasting

LOGIN = "/login"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Without any referrer browsers would send the form with `Origin: null`, which is refused.
    "Referrer-Policy": "same-origin",
}
"""Of every page."""


def sign_in(status: int = 200, problem: str = "") -> Response:
    """Where a token is given; `problem` says why it is asked for again."""
    return _page(
        "Sign in",
        f"""{_problem(problem)}
<form method="post" action="{LOGIN}">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p>A server on your own machine leaves its first token in the file <code>token</code> of hpsearch's configuration folder;
others make one for you with <code>hpsearch token create</code>.</p>""",
        status,
    )


def confirm(code: str) -> Response:
    """What a link of the server opens. It is a button that spends the link: what merely fetches links ahead spends none."""
    return _page(
        "Sign in",
        f"""<p>This link signs you in as an admin, once.</p>
<form method="post" action="{LOGIN}">
<input type="hidden" name="code" value="{escape(code)}">
<button autofocus>Sign in</button>
</form>""",
    )


def home(who: Identity, problem: str) -> Response:
    """Who is signed in, and why there is no more to see."""
    return _page(
        "hpsearch",
        f"""{_problem(problem)}
<p>Version {escape(__version__)}. The API is described in <a href="/openapi.json">openapi.json</a>;
the command line is <code>hpsearch --help</code>.</p>
{who_is_signed_in(who)}""",
    )


def who_is_signed_in(who: Identity) -> str:
    """The part of a page that says so, and signs out."""
    return f"""<p>You are <strong>{escape(who.name)}</strong>: scope {escape(who.scope.value)}, project {escape(who.project)}.</p>
<form method="post" action="{LOGIN}">
<button name="sign_out" value="1">Sign out</button>
</form>"""


def _problem(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>' if text else ""


def _page(title: str, body: str, status: int = 200) -> Response:
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - hpsearch</title>
<link rel="icon" href="{lasting("/static/icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="{lasting("/static/style.css")}">
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
    return Response(document, status, HEADERS, "text/html")
