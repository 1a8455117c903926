"""The JSON Schema of the study file, published as docs/study.schema.json.

It says what each field may hold. What links fields (low and high, conditions, a grid's steps) only the model checks.
"""

from typing import Any

from hpsearch.study.study import Study

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as a document."""
    return {"$schema": DIALECT, **_closed(Study.model_json_schema())}


def _closed(node: Any) -> Any:
    """The same with mappings whose keys have a pattern closed to other keys, which pydantic leaves open."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return closed | {"additionalProperties": False} if "patternProperties" in closed else closed
