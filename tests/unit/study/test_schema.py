import json
from pathlib import Path

import jsonschema
import pytest
from domain import quick, spaces, study_document, study_of
from hypothesis import given

from hpsearch.errors import InvalidInput
from hpsearch.study import Study
from hpsearch.study.schema import schema
from hpsearch.validation import parse

PUBLISHED = Path(__file__).parents[3] / "docs" / "study.schema.json"
validator = jsonschema.Draft202012Validator(schema())

FULL = study_document(
    name="digits-mlp",
    description="The first search.",
    tags=["baseline", "vision and sound"],
    direction="maximize",
    metric="val_accuracy",
    space={
        "learning_rate": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
        "hidden_units": {"type": "int", "low": 16, "high": 256, "log": True},
        "optimizer": {"type": "categorical", "choices": ["sgd", "adam", True, 1, None]},
        "momentum": {"type": "float", "low": 0, "high": 1, "step": 0.1, "when": {"optimizer": ["sgd"]}},
        "epochs": {"type": "constant", "value": 10},
    },
    sampler={"name": "tpe", "seed": 7, "n_startup_trials": 5},
    pruner={"name": "asha", "min_resource": 1, "reduction_factor": 3},
    budget={"max_trials": 100, "max_seconds": 600, "target_value": None},
    attempts={"errors": 1},
    settings={"data": {"name": "digits"}, "max_epochs": 50},
)


def test_the_published_schema_is_that_of_the_model():
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == schema()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "document",
    [
        study_document(),
        FULL,
        FULL | {"sampler": {"name": "random"}},
        FULL | {"sampler": {"name": "grid", "shuffle": True}, "space": {"x": {"type": "int", "low": 1, "high": 3}}},
        FULL | {"pruner": {"name": "none"}},
        FULL | {"pruner": {"name": "median"}},
        FULL | {"pruner": {"name": "patience", "patience": 3}},
        FULL | {"pruner": {"name": "threshold", "upper": 3}},
        study_document(direction=["minimize", "maximize"], metric=["loss", "accuracy"], objective="my_code:train"),
    ],
)
def test_good_study_files_pass_both(document):
    validator.validate(document)
    validator.validate(parse(Study, document).model_dump(mode="json"))


BROKEN = [
    {"name": "a b"},
    {"name": "tab\t"},
    {"name": ""},
    {"name": "x" * 101},
    {"name": None},
    {"objective": "mlp"},
    {"objective": "../secret"},
    {"direction": "up"},
    {"direction": ["minimize"]},
    {"metric": ["loss"]},
    {"metric": "a b"},
    {"space": {}},
    {"space": []},
    {"space": {"a b": {"type": "constant", "value": 1}}},
    {"space": {"x": {"type": "real", "low": 0, "high": 1}}},
    {"space": {"x": {"low": 0, "high": 1}}},
    {"space": {"x": {"type": "float", "low": 0}}},
    {"space": {"x": {"type": "float", "low": "0", "high": 1}}},
    {"space": {"x": {"type": "float", "low": 0, "high": 1, "step": 0}}},
    {"space": {"x": {"type": "float", "low": 0, "high": 1, "log": "yes"}}},
    {"space": {"x": {"type": "float", "low": 0, "high": 1, "base": 10}}},
    {"space": {"x": {"type": "int", "low": 0.5, "high": 1}}},
    {"space": {"x": {"type": "int", "low": 0, "high": 2**53}}},
    {"space": {"x": {"type": "int", "low": 0, "high": 1, "step": 0}}},
    {"space": {"x": {"type": "categorical", "choices": []}}},
    {"space": {"x": {"type": "categorical", "choices": ["a", "a"]}}},
    {"space": {"x": {"type": "categorical", "choices": [1, 1.0]}}},
    {"space": {"x": {"type": "categorical", "choices": [["a"]]}}},
    {"space": {"x": {"type": "constant"}}},
    {"space": {"y": {"type": "constant", "value": 1}, "x": {"type": "constant", "value": 1, "when": {}}}},
    {"space": {"y": {"type": "constant", "value": 1}, "x": {"type": "constant", "value": 1, "when": {"y": []}}}},
    {"space": {"y": {"type": "constant", "value": 1}, "x": {"type": "constant", "value": 1, "when": {"y": 1}}}},
    {"space": {"y": {"type": "constant", "value": 1}, "x": {"type": "constant", "value": 1, "when": {"a b": [1]}}}},
    {"sampler": "tpe"},
    {"sampler": {"name": "sobol"}},
    {"sampler": {"seed": 1}},
    {"sampler": {"name": "tpe", "seed": -1}},
    {"sampler": {"name": "tpe", "seed": 2**32}},
    {"sampler": {"name": "random", "shuffle": True}},
    {"sampler": {"name": "grid", "shuffle": 1}},
    {"pruner": {"name": "asha", "reduction_factor": 1}},
    {"pruner": {"name": "patience"}},
    {"pruner": {"name": "median", "interval_steps": 0}},
    {"budget": {"max_trials": 0}},
    {"budget": {"max_trials": 1.5}},
    {"budget": {"max_seconds": 0}},
    {"budget": {"trials": 10}},
    {"attempts": {"errors": 0}},
    {"settings": []},
    {"description": "x" * 10_001},
    {"descripton": "typo"},
]


@pytest.mark.parametrize("fields", BROKEN, ids=str)
def test_broken_study_files_pass_neither(fields):
    document = study_document() | fields
    assert not validator.is_valid(document)
    with pytest.raises(InvalidInput):
        parse(Study, document)


@pytest.mark.parametrize("field", ["name", "objective", "space"])
def test_a_study_file_without_a_needed_field_passes_neither(field):
    document = {key: value for key, value in study_document().items() if key != field}
    assert not validator.is_valid(document)
    with pytest.raises(InvalidInput, match=f"{field}: is required"):
        parse(Study, document)


@given(spaces())
@quick
def test_what_a_study_writes_of_itself_passes(space):
    study = study_of(space=space.model_dump())
    document = study.model_dump(mode="json")
    validator.validate(document)
    assert parse(Study, json.loads(json.dumps(document))) == study
