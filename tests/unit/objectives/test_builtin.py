import math

import pytest
from domain import study_document

from hpsearch import objectives
from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.study import Study
from hpsearch.validation import parse

LEARNING_RATE = {"type": "float", "low": 1e-4, "high": 1e-1, "log": True}
OPTIMIZER = {"type": "categorical", "choices": ["sgd", "adam"]}
MOMENTUM = {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": ["sgd"]}}
SPACE = {
    "learning_rate": LEARNING_RATE,
    "hidden_units": {"type": "int", "low": 16, "high": 256, "log": True},
    "optimizer": OPTIMIZER,
    "momentum": MOMENTUM,
}
FILTERS = {"type": "int", "low": 4, "high": 8}
SETTINGS = {"data": {"name": "digits"}, "max_epochs": 50, "early_stopping": {"patience": 5, "min_delta": 0.0}}

mlp = objectives.get("flax/mlp")
cnn = objectives.get("flax/cnn")


def study(space=None, settings=None, **fields):
    return parse(
        Study, study_document(space=space or SPACE, settings=SETTINGS if settings is None else settings, **fields)
    )


def refused(objective=mlp, **fields):
    """What is said about each field that is refused."""
    with pytest.raises(InvalidInput) as caught:
        objective.check(study(**fields))
    return {problem.field: problem.message for problem in caught.value.fields}


def test_the_study_of_the_documentation_is_accepted():
    mlp.check(study())
    cnn.check(study())


def test_users_code_is_no_builtin():
    assert objectives.get("module:function") is None


def test_an_unknown_parameter_is_refused_with_the_known_ones():
    found = refused(space={"learnin_rate": LEARNING_RATE})
    assert "did you mean learning_rate?" in found["space.learnin_rate"]
    assert "weight_decay" in found["space.learnin_rate"]


def test_a_parameter_of_the_other_objective_is_unknown():
    assert list(refused(space={"filters": FILTERS})) == ["space.filters"]
    cnn.check(study(space={"filters": FILTERS}))


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        ({"max_epoch": 3}, "settings.max_epoch", "did you mean max_epochs?"),
        ({"data": {"name": "digit"}}, "settings.data.name", "got 'digit'"),
        ({"data": {"name": "digits", "tets": 0.1}}, "settings.data.tets", "did you mean test?"),
        ({"data": {"name": "digits", "test": 0.5, "validation": 0.5}}, "settings.data.test", "must be below 1"),
        ({"data": {"name": "idx"}}, "settings.data.train_images", "is required"),
        ({"data": {"name": "idx", "path": "a\nb"}}, "settings.data.path", "must match"),
        ({"early_stopping": {"patience": 0}}, "settings.early_stopping.patience", "greater than or equal to 1"),
        ({"early_stopping": {"patience": 3, "min_delta": -1}}, "settings.early_stopping.min_delta", "greater"),
        ({"max_epochs": 1.5}, "settings.max_epochs", "valid integer"),
        ({"max_epochs": True}, "settings.max_epochs", "valid integer"),
        ({"dropout": 1.0}, "settings.dropout", "less than 1"),
        ({"dropout": "0.5"}, "settings.dropout", "valid number"),
        ({"alpha": math.nan, "schedule": "cosine"}, "settings.alpha", "finite number"),
        ({"weight_decay": math.inf}, "settings.weight_decay", "finite number"),
        ({"loss": "hinge"}, "settings.loss", "cross_entropy"),
        ({"learning_rate": 0.1}, "settings.learning_rate", "is a parameter of the space as well"),
        ({"schedule": "piecewise_constant"}, "settings.boundaries", "is required"),
        ({"schedule": "piecewise_constant", "boundaries": [3, 2]}, "settings.boundaries", "ascend"),
        ({"schedule": "warmup_cosine", "warmup_epochs": 20}, "settings.warmup_epochs", "below max_epochs, which is 20"),
        ({"rho": 0.5}, "settings.rho", "has an effect with optimizer adadelta only, not with sgd, adam"),
        ({"width_buckets": []}, "settings.width_buckets", "at least 1"),
        ({"repeats": 0}, "settings.repeats", "greater than or equal to 1"),
        ({"repeats": 65}, "settings.repeats", "less than or equal to 64"),
        ({"folds": 1}, "settings.folds", "greater than or equal to 2"),
        ({"folds": 65}, "settings.folds", "less than or equal to 64"),
        ({"folds": 5, "data": {"name": "digits", "validation": {"last": 9}}}, "settings.folds", "leave out the last"),
        ({"width_buckets": [64, 32, 512]}, "settings.width_buckets", "must ascend"),
        ({"width_buckets": [32, 100]}, "space.hidden_units", "at most 100 in any layer, the last of width_buckets"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, field, message):
    assert message in refused(settings=settings)[field]


@pytest.mark.parametrize(
    ("name", "parameter", "field", "message"),
    [
        ("learning_rate", {"type": "float", "low": 0.0, "high": 1.0}, "low", "0.0 is no possible learning_rate"),
        ("dropout", {"type": "float", "low": 0.0, "high": 1.0}, "high", "less than 1"),
        ("hidden_units", {"type": "int", "low": 0, "high": 8}, "low", "greater than or equal to 1"),
        ("hidden_units", {"type": "float", "low": 1.0, "high": 8.0}, "type", "int, categorical, constant, got float"),
        ("activation", {"type": "int", "low": 1, "high": 8}, "type", "categorical, constant, got int"),
        ("activation", {"type": "categorical", "choices": ["relu", "rellu"]}, "choices", "'rellu' is no possible"),
        ("batch_norm", {"type": "categorical", "choices": [1, 0]}, "choices", "valid boolean"),
        ("batch_size", {"type": "constant", "value": "64"}, "value", "'64' is no possible batch_size"),
    ],
)
def test_ranges_that_cannot_be_are_named(name, parameter, field, message):
    assert message in refused(space={name: parameter})[f"space.{name}.{field}"]


def test_what_is_given_in_settings_only_cannot_be_searched():
    choices = {"type": "categorical", "choices": [2, 3]}
    for name in ("data", "repeats", "folds"):
        assert refused(space={name: choices}) == {f"space.{name}": "can be given in settings only"}


def test_a_parameter_that_never_has_an_effect_is_refused():
    momentum = {"type": "float", "low": 0.0, "high": 0.9}
    assert "optimizer sgd only, not with adam" in refused(space={"momentum": momentum})["space.momentum"]
    mlp.check(study(space={"momentum": momentum}, settings={"optimizer": "sgd"}))


def test_depth_contradicts_a_list_of_widths():
    depth = {"type": "int", "low": 1, "high": 2}
    assert "follows from the list" in refused(space={"depth": depth}, settings={"hidden_units": [8, 4]})["space.depth"]
    layers = {"type": "int", "low": 1, "high": 2}
    assert "space.conv_layers" in refused(cnn, space={"conv_layers": layers}, settings={"filters": [8]})


def test_a_clash_at_the_end_of_a_range_is_refused():
    warmup = {"type": "float", "low": 0.0, "high": 50.0}
    found = refused(space={"warmup_epochs": warmup}, settings={"schedule": "warmup_cosine", "max_epochs": 50})
    assert found == {"space.warmup_epochs": "must be below max_epochs, which is 50"}


def test_metric_and_direction_are_checked():
    assert "did you mean val_loss?" in refused(metric="val_los")["metric"]
    assert refused(metric="val_accuracy") == {"direction": "must be maximize for val_accuracy"}
    mlp.check(study(metric="val_accuracy", direction="maximize"))
    for watched in ("learning_rate", "grad_norm"):  # reported, but nothing to aim at
        assert list(refused(metric=watched)) == ["metric"]
    several = {"metric": ["val_loss", "accuracy"], "direction": ["maximize", "minimize"]}
    assert list(refused(**several)) == ["direction.0", "metric.1"]


def test_everything_wrong_is_said_at_once():
    found = refused(
        space={"learnin_rate": LEARNING_RATE, "dropout": {"type": "constant", "value": 2}}, settings={"los": 1}
    )
    assert list(found) == ["space.learnin_rate", "space.dropout.value", "settings.los"]


def test_parameters_fill_in_the_settings():
    chosen = mlp.configure(SETTINGS, {"hidden_units": 30, "optimizer": "sgd", "momentum": 0.9})
    assert (chosen.widths, chosen.momentum, chosen.max_epochs) == ((30,), 0.9, 50)


def test_an_inactive_parameter_has_its_default():
    assert mlp.configure(SETTINGS, {"optimizer": "adam"}).momentum == 0.0


def test_who_is_to_blame_for_a_trial_that_cannot_be():
    with pytest.raises(InvalidSettings, match=r"settings\.loss"):
        mlp.configure({"loss": "hinge"}, {"depth": 1})
    with pytest.raises(InvalidInput, match=r"params\.depth") as caught:
        mlp.configure(SETTINGS, {"depth": -1})
    assert not isinstance(caught.value, InvalidSettings)
    with pytest.raises(InvalidInput, match=r"params\.warmup_epochs") as caught:
        mlp.configure({"schedule": "warmup_cosine", "warmup_epochs": 5}, {"max_epochs": 5})
    assert not isinstance(caught.value, InvalidSettings)


TRACED = [
    {"learning_rate": 0.5},
    {"optimizer": "adam", "b1": 0.5, "b2": 0.9, "eps": 1e-3},
    {"schedule": "cosine", "alpha": 0.1},
    {"initializer": "he_normal"},
    {"max_epochs": 3},
    {"normalisation": "standardise"},
    {"nesterov": True},  # adam has none
]
SHAPING = [
    {"hidden_units": 30},
    {"depth": 2},
    {"activation": "tanh"},
    {"batch_norm": True},
    {"optimizer": "sgd"},
    {"loss": "mean_squared_error"},
    {"batch_size": 32},
    {"dropout": 0.1},
    {"weight_decay": 0.1},
    {"clip_norm": 1.0},
    {"repeats": 2},
    {"folds": 2},
]


@pytest.mark.parametrize("params", TRACED)
def test_what_is_traced_shares_a_program(params):
    assert mlp.signature(SETTINGS, params) == mlp.signature(SETTINGS, {})


@pytest.mark.parametrize("params", SHAPING)
def test_what_shapes_a_program_has_one_of_its_own(params):
    assert mlp.signature(SETTINGS, params) != mlp.signature(SETTINGS, {})
    assert mlp.signature(SETTINGS, params).digest != mlp.signature(SETTINGS, {}).digest


def test_what_has_no_effect_makes_no_program():
    plain = mlp.signature({}, {"depth": 0})
    assert plain == mlp.signature({}, {"depth": 0, "hidden_units": 7, "activation": "tanh", "dropout": 0.1})
    assert cnn.signature({}, {"conv_layers": 0}) == cnn.signature(
        {}, {"conv_layers": 0, "filters": 3, "conv_dropout": 0.1}
    )


def test_optional_parts_do_not_depend_on_their_value():
    zero, half = (mlp.signature(SETTINGS, {"dropout": rate}) for rate in (0.0, 0.5))
    assert zero == half


def test_filters_double_with_every_layer():
    assert cnn.signature({}, {"conv_layers": 3, "filters": 4}).filters == (4, 8, 16)
    assert cnn.signature({"filters": [32, 64]}, {}).filters == (32, 64)


def test_widths_share_the_program_of_their_bucket():
    narrow, wide, wider = (mlp.signature(SETTINGS, {"hidden_units": units}) for units in (65, 128, 129))
    assert narrow == wide != wider
    assert (wide.widths, wider.widths) == ((128,), (256,))
    assert cnn.signature({}, {"conv_layers": 3, "filters": 5}) == cnn.signature({}, {"conv_layers": 3, "filters": 8})
    own = {"width_buckets": [10, 30, 100], "filters": [10, 11], "hidden_units": [3, 31]}
    assert cnn.signature(own, {}).filters == (10, 30)
    assert cnn.signature(own, {}).widths == (10, 100)


def test_filters_above_the_last_bucket_are_named():
    buckets = {"width_buckets": [16, 128]}
    assert (
        "got 256"
        in refused(cnn, space={"filters": FILTERS | {"high": 64}}, settings=buckets | {"conv_layers": 3})[
            "space.filters"
        ]
    )
    cnn.check(study(space={"filters": FILTERS | {"high": 32}}, settings=buckets | {"conv_layers": 3}))
    with pytest.raises(InvalidInput, match=r"params\.hidden_units") as caught:
        mlp.configure(buckets, {"hidden_units": 129})
    assert not isinstance(caught.value, InvalidSettings)
    assert mlp.configure(buckets, {"hidden_units": 129, "depth": 0}).widths == ()


def test_signatures_of_a_study_are_counted():
    assert mlp.signatures(study()) == 2 * 5
    assert mlp.signatures(study(space={"learning_rate": LEARNING_RATE})) == 1
    dropout = {"type": "float", "low": 0.0, "high": 0.5, "when": {"optimizer": ["adam"]}}
    assert mlp.signatures(study(space={"optimizer": OPTIMIZER, "momentum": MOMENTUM, "dropout": dropout})) == 2
    depth = {"type": "categorical", "choices": [1, 2]}
    when = {"schedule": ["cosine"]}
    schedule = {"type": "categorical", "choices": ["cosine", "constant"]}
    only_then = {"type": "float", "low": 0.0, "high": 0.5, "when": when}
    assert mlp.signatures(study(space={"depth": depth, "schedule": schedule, "dropout": only_then})) == 4


def test_signatures_are_counted_by_buckets():
    wide = {"type": "int", "low": 1, "high": 16_384}
    assert mlp.signatures(study(space={"hidden_units": wide})) == 15
    layers = {"type": "int", "low": 1, "high": 2}
    space = {"filters": {"type": "int", "low": 3, "high": 40}, "conv_layers": layers}
    buckets = {"width_buckets": [10, 30, 128]}
    found = {cnn.signature(buckets, {"filters": few, "conv_layers": depth}) for few in range(3, 41) for depth in (1, 2)}
    assert cnn.signatures(study(space=space, settings=buckets)) == len(found) == 3 + 5
    deciding = {
        "hidden_units": wide | {"high": 40},
        "dropout": {"type": "constant", "value": 0.1, "when": {"hidden_units": [9]}},
    }
    assert mlp.signatures(study(space=deciding)) == 7 + 1


def test_too_many_signatures_are_not_counted():
    sizes = {"type": "int", "low": 1, "high": 16_384}
    assert mlp.signatures(study(space={"batch_size": sizes})) is None
