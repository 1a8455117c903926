"""Study files: YAML 1.2 with nothing that could surprise, and errors that name file, line and field.

PyYAML reads YAML 1.1, where `1e-4` is a string, `off` is a boolean, `010` is eight and a repeated key silently wins. A search over
`[on, off]` or a learning rate of `1e-4` must mean what it says, so the scalars here are those of YAML 1.2's core schema.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hpsearch import objectives
from hpsearch.errors import FieldError, InvalidInput
from hpsearch.study import Study
from hpsearch.validation import parse, unknown
from hpsearch.wire.base import MAX_BODY_BYTES

_NULL = re.compile(r"^(~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader (no Python objects) with YAML 1.2's scalars, and keys that may appear once."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's registry, by class

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key.start_mark)
            if key.value in lines:
                message = f"{key.value} is given twice, first in line {lines[key.value]}"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(node.value, 0) if node.value.startswith(("0o", "0x")) else int(node.value)


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _bool(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return bool(node.value.lower() == "true")


for _kind, _pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT)):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, None)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)
_Loader.add_constructor("tag:yaml.org,2002:bool", _bool)


@dataclass(frozen=True, slots=True)
class _Document:
    value: Any
    root: yaml.Node | None


def read_scalar(text: str) -> Any:
    """The value of one word as a study file would read it: `1e-4` a number, `adam` a string, `true` a boolean."""
    return _load(text).value


def load_study(path: Path) -> Study:
    """The study that a file defines, checked with its objective where that is built in.

    Raises InvalidInput that names the file, and line and field of each thing wrong.
    """
    try:
        document = _load(_read(path))
        if not isinstance(document.value, dict):
            raise InvalidInput(
                "must hold the fields of a study (name, objective, space ...); `hpsearch init` writes one"
            )
        study = parse(Study, document.value)
        _check_objective(study)
        return study
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from None
    except InvalidInput as error:
        if not error.fields:
            raise InvalidInput(f"{path}: {error.message}") from None
        raise InvalidInput(fields=[_located(path, document, found) for found in error.fields]) from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(MAX_BODY_BYTES + 1)
    if len(text) > MAX_BODY_BYTES:
        raise InvalidInput(f"must be at most {MAX_BODY_BYTES / 1e6:g} MB, as what a server reads")
    return text


def _check_objective(study: Study) -> None:
    """Refuses what a built-in objective does not know; the user's own code checks itself when it runs."""
    objective = objectives.get(study.objective)
    if objective is not None:
        objective.check(study)
    elif ":" not in study.objective:
        raise InvalidInput.at("objective", unknown(study.objective, objectives.BUILTIN))


def _load(text: str | bytes) -> _Document:
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return _Document(loader.construct_document(root) if root is not None else None, root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InvalidInput(f"{place}{str(error.problem or error.context).removeprefix('but ')}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"is not readable as YAML: {' '.join(str(error).split())}") from None


def _located(path: Path, document: _Document, found: FieldError) -> FieldError:
    place = f"{path}:{_line(document.root, found.field)}"
    return FieldError(f"{place}: {found.field}" if found.field else place, found.message)


def _line(node: yaml.Node | None, field: str) -> int:
    """The line of the field, or of the nearest part of its path that the file has; parameter names may have dots themselves."""
    line = 1
    while isinstance(node, yaml.CollectionNode) and field:
        step = _step(node, field)
        if step is None:
            break
        used, line, node = step
        field = field[len(used) :].removeprefix(".")
    return line


def _step(node: yaml.CollectionNode, field: str) -> tuple[str, int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        entries = [(str(index), value, value) for index, value in enumerate(node.value)]
    else:
        entries = [(str(key.value), key, value) for key, value in node.value]
    fitting = [entry for entry in entries if field == entry[0] or field.startswith(f"{entry[0]}.")]
    if not fitting:
        return None
    name, place, value = max(fitting, key=lambda entry: len(entry[0]))
    return name, place.start_mark.line + 1, value
