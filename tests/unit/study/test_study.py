"""Malformed studies: each is refused by the field at fault, with what would be right."""

import math

import pytest
from domain import quick, study_document, study_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hpsearch.errors import InvalidInput
from hpsearch.study import Direction, Study
from hpsearch.validation import parse

UNIT = {"type": "float", "low": 0.0, "high": 1.0}
PAIR = {"direction": ["minimize", "maximize"], "metric": ["loss", "accuracy"]}


def grid(**space):
    return {"space": space, "sampler": {"name": "grid"}}


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        # An unknown field.
        ({"spaces": {}}, "spaces", "did you mean space?"),
        ({"sampler": {"name": "grid", "shufle": True}}, "sampler.shufle", "did you mean shuffle?"),
        ({"budget": {"trials": 3}}, "budget.trials", "did you mean max_trials?"),
        ({"pruner": {"name": "asha", "eta": 3}}, "pruner.eta", "There are name, min_resource, reduction_factor"),
        ({"attempts": {"retries": 3}}, "attempts.retries", "There are errors, expiries, releases"),
        ({"space": {"x": UNIT | {"hihg": 2}}}, "space.x.hihg", "did you mean high?"),
        # Tags.
        ({"tags": ["a", "b", "a"]}, "tags", "must differ"),
        ({"tags": [str(number) for number in range(21)]}, "tags", "at most 20"),
        ({"tags": ["ok", ""]}, "tags.1", "at least 1"),
        ({"tags": ["x" * 65]}, "tags.0", "at most 64"),
        ({"tags": [" a"]}, "tags.0", "must match"),
        ({"tags": ["a\tb"]}, "tags.0", "tabs"),
        ({"tags": ["a\u202eb"]}, "tags.0", "U+202E"),
        ({"tags": "a"}, "tags", "list"),
        ({"tags": [3]}, "tags.0", "string"),
        # A name with control characters, or of the wrong kind.
        ({"name": "a\x07b"}, "name", "must match"),
        ({"name": "a\n"}, "name", "must match"),
        ({"name": "a b"}, "name", "must match"),
        ({"name": ""}, "name", "must match"),
        ({"name": "x" * 101}, "name", "must match"),
        ({"name": 3}, "name", "string"),
        ({"space": {"a\x07b": UNIT}}, "space.a\\x07b", "must match"),
        ({"description": "x" * 10_001}, "description", "at most 10000"),
        ({"objective": "mlp"}, "objective", "must match"),
        ({"objective": "module:attribute:more"}, "objective", "must match"),
        ({"objective": "../etc/passwd"}, "objective", "must match"),
        ({"objective": "m:" + "a" * 200}, "objective", "at most 200"),
        # An empty space, and what is wrong in one.
        ({"space": {}}, "space", "at least 1"),
        ({"space": {"x": UNIT | {"low": 2.0}}}, "space.x.low", "at most high"),
        ({"space": {"x": UNIT | {"log": True}}}, "space.x.low", "log needs low > 0"),
        ({"space": {"x": {"type": "categorical", "choices": []}}}, "space.x.choices", "at least 1"),
        ({"space": {"x": UNIT | {"low": math.nan}}}, "space.x.low", "finite"),
        ({"space": {"x": UNIT | {"when": {"y": [1]}}}}, "space.x.when.y", "there is no parameter 'y'"),
        # A grid over a continuous range without steps; a grid too large for any reader.
        (grid(x=UNIT), "space.x", "give `step`"),
        (grid(x=UNIT | {"low": 0.1, "log": True}), "space.x", "list choices"),
        (
            grid(**{f"p{n}": {"type": "int", "low": 1, "high": 12} for n in range(290)}),
            "space",
            "10**300",
        ),
        # Samplers, pruners, budgets.
        ({"sampler": {"name": "sobol"}}, "sampler.name", "'grid', 'random', 'tpe'"),
        ({"sampler": "tpe"}, "sampler", "mapping"),
        ({"sampler": {"name": "tpe", "seed": -1}}, "sampler.seed", "greater than or equal to 0"),
        ({"sampler": {"name": "tpe", "seed": 2**32}}, "sampler.seed", "less than 4294967296"),
        ({"sampler": {"name": "tpe", "n_startup_trials": 0}}, "sampler.n_startup_trials", "greater than or equal to 1"),
        ({"pruner": {"name": "hyperband"}}, "pruner.name", "'median', 'asha'"),
        ({"pruner": {"name": "asha", "reduction_factor": 1}}, "pruner.reduction_factor", "greater than or equal to 2"),
        ({"pruner": {"name": "threshold"}}, "pruner.lower", "give lower, upper or both"),
        ({"pruner": {"name": "threshold", "lower": 2, "upper": 1}}, "pruner.lower", "at most upper"),
        ({"budget": {"max_trials": 0}}, "budget.max_trials", "greater than or equal to 1"),
        ({"budget": {"max_trials": 1.5}}, "budget.max_trials", "integer"),
        ({"budget": {"max_seconds": math.inf}}, "budget.max_seconds", "finite"),
        ({"budget": {"target_value": math.nan}}, "budget.target_value", "finite"),
        ({"settings": {"data": {"scale": [1, math.nan]}}}, "settings.data.scale.1", "finite"),
        ({"settings": {"a": "x" * 256_000}}, "settings", "above the limit of 256000 bytes"),
        ({"settings": {f"k{number}": 1 for number in range(60_000)}}, "settings", "above the limit of 256000 bytes"),
        ({"settings": {"data": [{"x" * 101: 1}]}}, f"settings.data.0.{'x' * 101}", "a name of at most 100 characters"),
        # Several objectives.
        ({"direction": "up"}, "direction", "'minimize' or 'maximize'"),
        ({"direction": ["minimize", "maximize"]}, "metric", "as long as direction"),
        ({"metric": ["a", "b"]}, "metric", "as long as direction"),
        (PAIR | {"metric": ["a", "b", "c"]}, "metric", "as long as direction"),
        (PAIR | {"metric": ["a", "a"]}, "metric", "must differ"),
        (PAIR | {"pruner": {"name": "asha"}}, "pruner", "not possible with several objectives"),
        (PAIR | {"budget": {"target_value": 1.0}}, "budget.target_value", "not possible with several objectives"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(fields, field, message):
    with pytest.raises(InvalidInput) as error:
        study_of(**fields)
    assert [found.field for found in error.value.fields] == [field]
    assert message in error.value.fields[0].message


@pytest.mark.parametrize("document", [None, [], "name: x", 3])
def test_a_document_that_is_no_study_is_refused(document):
    with pytest.raises(InvalidInput, match="must be a mapping of fields"):
        parse(Study, document)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InvalidInput) as error:
        study_of(name="", space={"x": UNIT | {"low": 2.0}, "y": {"type": "real"}}, budget={"max_trials": 0}, extra=1)
    fields = {found.field for found in error.value.fields}
    assert fields == {"name", "space.x.low", "space.y.type", "budget.max_trials", "extra"}


def test_defaults():
    study = study_of()
    assert study.direction is Direction.MINIMIZE
    assert (study.metric, study.metrics, study.directions) == ("val_loss", ("val_loss",), (Direction.MINIMIZE,))
    assert (study.sampler.name, study.sampler.seed, study.pruner.name) == ("tpe", None, "none")
    assert study.budget.model_dump() == {"max_trials": None, "max_seconds": None, "target_value": None}
    assert study.attempts.model_dump() == {"errors": 2, "expiries": 3, "releases": 50}
    assert study.grid_size is None


def test_the_same_definition_is_equal_whether_defaults_are_written_or_not():
    assert study_of() == study_of(**study_of().model_dump())
    assert study_of() != study_of(budget={"max_trials": 1})


def test_a_study_is_frozen():
    with pytest.raises(ValidationError):
        study_of().name = "other"


def test_the_order_of_the_parameters_is_kept():
    space = dict.fromkeys("zyxab", UNIT)
    study = study_of(space=space)
    assert list(study.space) == list("zyxab")
    assert list(Study.model_validate_json(study.model_dump_json()).space) == list("zyxab")


@pytest.mark.parametrize("objective", ["flax/mlp", "my_code:train", "my.package.code:Class.method", "a/b_2"])
def test_names_of_objectives(objective):
    assert study_of(objective=objective).objective == objective


def test_a_grid_knows_its_size():
    space = {"x": {"type": "int", "low": 1, "high": 10}, "y": {"type": "categorical", "choices": ["a", "b"]}}
    assert study_of(**grid(**space)).grid_size == 20


@given(st.floats(), st.floats())
@quick
def test_better_is_a_strict_order_with_what_is_no_number_last(a, b):
    for direction in Direction:
        assert not direction.better(a, a)
        assert not (direction.better(a, b) and direction.better(b, a))
        if not math.isnan(a):
            assert direction.better(a, math.nan)
            assert not direction.better(direction.worst, a)
        assert not direction.better(math.nan, a)
    assert Direction.MINIMIZE.better(a, b) == Direction.MAXIMIZE.better(-a, -b)


def test_study_document_is_a_study():
    assert parse(Study, study_document()).name == "test"


def test_settings_may_be_as_large_as_artifacts():
    settings = {"x" * 100: "x" * (256_000 - len('{"":""}') - 100)}
    assert study_of(settings=settings).settings == settings
