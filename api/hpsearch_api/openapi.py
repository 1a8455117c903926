"""The OpenAPI document. `python -m hpsearch_api.openapi` prints it; docs/openapi.json is that, and a test keeps it so."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hpsearch.wire.base import Problem
from hpsearch.wire.changes import StudyChange
from hpsearch_api.auth import OPEN_PATHS
from hpsearch_api.examples import ANSWERS
from hpsearch_api.problems import MEDIA_TYPE

_DESCRIPTION = """\
Workers speak four verbs: `ask`, `report`, `tell`, `renew`. All take and return lists, and all may be repeated without harm.
People and dashboards use the rest.

- Every path but those of health and this document needs `Authorization: Bearer TOKEN`, or the cookie of a browser that signed in at `/login`;
  with the cookie, whatever is no GET, HEAD or OPTIONS also needs a header `X-Hpsearch` (403 `session_header_missing`).
- Errors are RFC 9457 `application/problem+json`; `code` is stable and tells them apart, `fields` names what is malformed.
- Numbers that are not finite travel as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. Times are RFC 3339, UTC.
- Lists are paged: pass `next_cursor` as `cursor` until it is null.
- Unknown fields of a request are refused; answers may gain fields.
- A body is at most 8 MB (413 `body_too_large`), a list at most 1,000 items.
- `X-Request-Id` is taken from the request, or drawn, and comes back with every answer.
"""
_TAGS = [
    {"name": "protocol", "description": "What workers say: the four verbs."},
    {"name": "studies", "description": "What is searched, how, and how far it has come."},
    {"name": "trials", "description": "The points that were tried."},
    {"name": "tests", "description": "Test data stays sealed until a study is finished; each opening is recorded."},
    {"name": "workers", "description": "Who works."},
    {"name": "tokens", "description": "Who may come in, to what."},
    {"name": "health", "description": "For supervisors and load balancers."},
]


def install(app: FastAPI) -> None:
    """Makes this module's document that of `app`."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the framework's way to extend the document


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        separate_input_output_schemas=False,
    )
    components = found["components"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    change = StudyChange.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    components["schemas"].update(change.pop("$defs"))  # the data of events, which the framework does not see
    components["schemas"].update(problem.pop("$defs"), Problem=problem, StudyChange=change)
    for unused in ("HTTPValidationError", "ValidationError"):  # the framework's own, where we answer problems
        components["schemas"].pop(unused, None)
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of the server's database."}
    }
    found["security"] = [{"token": []}]
    problems: dict[str, Any] = {}
    for path, operations in found["paths"].items():
        for operation in operations.values():
            if path in OPEN_PATHS:
                operation["security"] = []
            operation["responses"] = dict(sorted(_finished(operation, problems)))
    components["responses"] = dict(sorted(problems.items()))
    return found


def _finished(operation: dict[str, Any], problems: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The operation's responses: problems shared (and gathered in `problems`), success with its example."""
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if problem := content.get(MEDIA_TYPE):
            name = ".".join(problem["examples"])
            problems[name] = response
            yield status, {"$ref": f"#/components/responses/{name}"}
        elif status != "422":  # the framework adds its own 422 where ours says that there is none
            if content and operation["operationId"] in ANSWERS:
                content["application/json"]["example"] = ANSWERS[operation["operationId"]]
            yield status, response


def main() -> None:
    """Prints the document."""
    from hpsearch.settings import Settings
    from hpsearch_api.app import create_app

    json.dump(create_app(Settings()).openapi(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
