"""The types that the dashboard's modules are checked with, against the API's own document."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCHEMAS = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]
TEXT = (ROOT / "api" / "hpsearch_api" / "static" / "wire.js").read_text(encoding="utf-8")
TYPES = {
    name: {field: kind for kind, field in re.findall(r"@property \{(.+)\} (\w+)", body)}
    for name, body in re.findall(r"@typedef \{object\} (\w+)\n((?: \* @property .*\n)+)", TEXT)
}
ALIASES = dict(re.findall(r"@typedef \{((?:\"\w+\"(?: \| )?)+)\} (\w+)", TEXT))
EXTRAS = {"TrialExtras": "TrialDetail"}


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    return schema


def written(schema):
    """The JSDoc type of a schema; `*` where the dashboard need not know."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if "enum" not in SCHEMAS[name] else " | ".join(json.dumps(value) for value in SCHEMAS[name]["enum"])
    if "anyOf" in schema:
        members = [written(member) for member in schema["anyOf"]]
        numbers = 'number | "NaN" | "Infinity" | "-Infinity"'
        return " | ".join(members).replace(numbers, "WireNumber")
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        item = written(schema["items"]) if "items" in schema else "*"
        return f"({item})[]" if " | " in item else f"{item}[]"
    return {"integer": "number", "number": "number", "string": "string", "null": "null", "boolean": "boolean"}.get(
        kind, "*"
    )


def same(ours, theirs):
    """Whether a type of ours says what the schema says, as far as either knows."""
    for literals, name in ALIASES.items():
        ours = ours.replace(f"{name}[]", f"({literals})[]")
        ours = re.sub(rf"\b{name}\b", literals, ours)
    ours_parts, their_parts = set(ours.split(" | ")), set(theirs.split(" | "))
    vague = any(part == "any" or part.startswith("Record<") for part in ours_parts)
    return vague or "*" in their_parts or ours_parts == their_parts


def test_types_were_found():
    assert {"StudyView", "TrialView", "WorkerView", "Problem", "TrialExtras"} <= TYPES.keys()
    assert sum(len(fields) for fields in TYPES.values()) > 70
    assert "StudyState" in ALIASES.values()


@pytest.mark.parametrize("name", TYPES)
def test_each_type_is_that_of_the_document(name):
    schema = SCHEMAS[EXTRAS.get(name, name)]
    for field, ours in TYPES[name].items():
        assert field in schema["properties"], f"{name}.{field}"
        theirs = written(schema["properties"][field])
        assert same(ours, theirs), f"{name}.{field} is {theirs}, not {ours}"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("number", "string"), ("number", "number | null"), ("StudyState", '"active" | "paused"'), ("Counts", "Study")],
)
def test_another_type_would_be_seen(ours, theirs):
    assert not same(ours, theirs)
