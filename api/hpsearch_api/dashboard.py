"""The dashboard's document: what a browser loads, from here alone, and what the policy lets it run."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.metadata import distributions
from types import MappingProxyType

from fastapi import Response

from hpsearch import __version__
from hpsearch.identity import Identity
from hpsearch_api import pages
from hpsearch_api.files import FILES, lasting

IMPORTS: Mapping[str, str] = MappingProxyType(
    {
        "preact": "/static/vendor/preact/preact.js",
        "preact/hooks": "/static/vendor/preact/hooks.js",
        "htm": "/static/vendor/htm/htm.js",
        "uplot": "/static/vendor/uplot/uplot.js",
        "js-yaml": "/static/vendor/js-yaml/js-yaml.js",
    }
)
"""The third-party modules by the names that ours import them by; api/vendor.py has put them there."""
PATHS = ("/", "/studies/{study}", "/studies/{study}/trials/{number}", "/workers", "/compare")
"""All answer this document; the modules look at the path."""

_COMMON_STYLES = ("/static/style.css", "/static/vendor/uplot/uplot.css", "/static/dashboard.css")
_OWN_STYLES = {path for path in FILES if path.endswith(".css") and "/vendor/" not in path}
STYLES = (*_COMMON_STYLES, *sorted(_OWN_STYLES - {*_COMMON_STYLES}))
"""In the order in which they hold: what all pages share, then what belongs to parts of them."""

_PARQUET = " data-parquet" if any(distributions(name="pyarrow")) else ""
"""What the server needs an extra for."""
_LATER = frozenset({IMPORTS["js-yaml"]})
"""Loaded by the pages that need it."""
# Browsers read import maps within the document only, and the policy forbids what is written there: but for this text, named by its
# digest. The other way, to write paths in place of the names into copies of others' modules, would make them ours to keep.
_IMPORT_MAP = json.dumps({"imports": {name: lasting(path) for name, path in IMPORTS.items()}})
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' 'sha256-{b64encode(sha256(_IMPORT_MAP.encode()).digest()).decode()}'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # no module of ours, or of others, turns text into markup
    )
)
_EARLY = [
    path
    for path, file in FILES.items()
    if file.media_type == "text/javascript"
    and (path in IMPORTS.values() or "/vendor/" not in path)
    and path not in _LATER
]


def is_complete() -> bool:
    """Whether the third-party modules are there."""
    return set(IMPORTS.values()) <= FILES.keys()


def document(who: Identity) -> Response:
    """For every path of the dashboard; a checkout whose third-party modules are missing is told how to get them."""
    if not is_complete():
        return pages.home(who, "The dashboard's third-party modules are not here. In a checkout, run: make setup")
    preloads = "\n".join(f'<link rel="modulepreload" href="{lasting(path)}">' for path in _EARLY)
    styles = "\n".join(f'<link rel="stylesheet" href="{lasting(path)}">' for path in STYLES)
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>hpsearch</title>
<link rel="icon" href="{lasting("/static/icon.svg")}" type="image/svg+xml">
{styles}
<script src="{lasting("/static/first.js")}"></script>
<script type="importmap">{_IMPORT_MAP}</script>
{preloads}
<script type="module" src="{lasting("/static/main.js")}"></script>
</head>
<body>
<div id="app" data-name="{escape(who.name)}" data-scope="{escape(who.scope.value)}" data-project="{escape(who.project)}"
 data-version="{escape(__version__)}"{_PARQUET}></div>
<noscript><main>
{pages.who_is_signed_in(who)}
<p>The dashboard needs JavaScript.</p>
</main></noscript>
</body>
</html>
"""
    return Response(text, 200, pages.HEADERS | {"Content-Security-Policy": _POLICY}, "text/html")
