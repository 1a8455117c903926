"""Writes the pages of docs/ that follow from the code: `make docs`. A test compares them with what is committed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.main import get_command

from hpsearch.cli import schema
from hpsearch.cli.init import template
from hpsearch.cli.main import app
from hpsearch.objectives import BUILTIN
from hpsearch.objectives.searchable import searchables

DOCS = Path(__file__).parent
Schema = Mapping[str, Any]

STUDY_INTRO = """\
# The study file

*Generated from the models by `make docs`. The JSON Schema is [study.schema.json](study.schema.json); `hpsearch study schema` prints it.*

A study file is YAML 1.2 (so `1e-4` is a number, and `on` and `off` are words) or JSON. Unknown fields and repeated keys are refused.
`hpsearch init` writes this one, and `hpsearch study check FILE` checks one:

```yaml
"""
SECTIONS = (
    ("Parameters", "type", ("FloatParameter", "IntParameter", "CategoricalParameter", "ConstantParameter")),
    ("Samplers", "name", ("TpeSampler", "RandomSampler", "GridSampler")),
    ("Pruners", "name", ("NoPruner", "MedianPruner", "AshaPruner", "PatiencePruner", "ThresholdPruner")),
    ("Budget", None, ("Budget",)),
    ("Attempts", None, ("Attempts",)),
)


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    return {
        "study.schema.json": json.dumps(schema.document(), indent=2, ensure_ascii=False) + "\n",
        "study-file.md": "\n".join(_study_file()) + "\n",
        "cli.md": "\n".join(_cli()) + "\n",
    }


def _study_file() -> Iterator[str]:
    study = schema.document()
    yield f"{STUDY_INTRO}{template()}```"
    yield from ("", "## Fields", "", *_fields(study, study["$defs"]))
    for title, tag, models in SECTIONS:
        yield from ("", f"## {title}", "")
        for model in models:
            definition = study["$defs"][model]
            if tag is not None:
                yield from (f"### `{tag}: {definition['properties'][tag]['const']}`", "")
            yield from (definition["description"], "", *_fields(definition, study["$defs"]), "")
    yield from ("## Settings of the built-in objectives", "")
    yield "Every setting marked *searched* may be a parameter of the space instead; then it is left out of `settings`."
    for name, objective in BUILTIN.items():
        settings = objective.model.model_json_schema()
        yield from ("", f"### `{name}`", "", settings["description"], "")
        yield from _fields(settings, settings["$defs"], searched=set(searchables(objective.model)))
        if name == next(iter(BUILTIN)):
            for part in ("DigitsData", "IdxData", "EarlyStopping"):
                definition = settings["$defs"][part]
                yield from (
                    "",
                    f"#### {part}",
                    "",
                    definition["description"],
                    "",
                    *_fields(definition, settings["$defs"]),
                )


def _fields(model: Schema, definitions: Schema, searched: set[str] | None = None) -> Iterator[str]:
    head = ["field", "type", "default", "meaning", *(["searched"] if searched is not None else [])]
    yield _row(head)
    yield _row(["---"] * len(head))
    for name, field in model["properties"].items():
        default = "required" if name in model.get("required", ()) else _default(field, definitions)
        row = [f"`{name}`", _type(field, definitions), default, _one_line(field.get("description", ""))]
        yield _row(row + (["yes" if name in searched else ""] if searched is not None else []))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _default(field: Schema, definitions: Schema) -> str:
    """The default; one that says no more than its own defaults do is shown by its name alone."""
    value = field.get("default")
    if value is None or value == {}:
        return ""
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if name == "name"}
    return f"`{json.dumps(value)}`"


def _type(field: Schema, definitions: Schema) -> str:
    if "$ref" in field:
        return _referred(field["$ref"], definitions)
    branches = field.get("anyOf") or field.get("oneOf")
    if branches:
        told = [_type(branch, definitions) for branch in branches if branch.get("type") != "null"]
        return " or ".join(dict.fromkeys(told))
    if "const" in field or "enum" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), definitions)}"
    if field.get("type") == "object":
        return "mapping"
    return {"integer": "int", "number": "float", "string": "string", "boolean": "bool"}.get(
        field.get("type", ""), "any"
    ) + _limits(field)


def _referred(reference: str, definitions: Schema) -> str:
    name = reference.rsplit("/", 1)[-1]
    definition = definitions[name]
    if "enum" in definition:
        return _type(definition, definitions)
    tag = next((part["const"] for part in definition.get("properties", {}).values() if "const" in part), None)
    return f"`{tag}`" if tag is not None else name


def _limits(field: Schema) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    above, below = field.get("exclusiveMinimum"), field.get("exclusiveMaximum")
    large = 2**53 - 1
    parts = [
        f"{sign} {bound}"
        for sign, bound in ((">=", least), (">", above), ("<=", most), ("<", below))
        if bound is not None and abs(bound) != large
    ]
    return f" {', '.join(parts)}" if parts else ""


def _cli() -> Iterator[str]:
    yield "# The command line"
    yield from ("", "*Generated from the commands by `make docs`.*", "")
    yield "Data goes to standard output, everything else to standard error. Tables are drawn on a terminal, and tab-separated"
    yield "lines elsewhere. Options are also read from the environment (`HPSEARCH_*`) and from `config.toml` in the XDG"
    yield "configuration folder, in this order of precedence: command line, environment, file."
    yield from _command(get_command(app), ["hpsearch"])


def _command(command: Any, path: list[str]) -> Iterator[str]:
    context = command.make_context(path[-1], [], resilient_parsing=True)
    commands = getattr(command, "commands", {})
    if not commands or len(path) == 1:
        usage = " ".join(part for part in command.collect_usage_pieces(context) if part != "[OPTIONS]").translate(
            {ord("{"): None, ord("}"): None}
        )
        yield from ("", f"## `{' '.join([*path, usage]).strip()}`", "")
        yield from (_paragraphs(command.help), "")
        if command.epilog:
            yield from (command.epilog, "")
        options = [parameter for parameter in command.params if parameter.name != "help"]
        if options:
            yield from (_row(["option", "meaning", "default"]), _row(["---"] * 3))
            yield from (_option(parameter, context) for parameter in options)
    for name, child in commands.items():
        yield from _command(child, [*path, name])


def _paragraphs(text: str) -> str:
    return "\n\n".join(_one_line(paragraph) for paragraph in text.split("\n\n"))


def _option(parameter: Any, context: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name}`"
    default = parameter.default
    shown = "required" if parameter.required else "" if default in (None, False, ()) else f"`{default}`"
    return _row([names, _one_line(parameter.help or ""), shown])


def main() -> None:
    """Writes every page."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
