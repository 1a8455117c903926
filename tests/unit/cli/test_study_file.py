import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.cli.study_file import load_study, read_scalar
from hpsearch.errors import InvalidInput

GOOD = """\
name: s
objective: mine:train
space:
  a.b: {type: float, low: 1e-4, high: 1, log: true}
"""


def refused(text: str | bytes) -> list[str]:
    path = Path("study.yaml")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput) as raised:
        load_study(path)
    return [str(field) for field in raised.value.fields] or [raised.value.message]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        (".5", 0.5),
        ("-3.", -3.0),
        ("-.inf", -math.inf),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("+4", 4),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("on", "on"),
        ("No", "No"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("2026-01-01", "2026-01-01"),
        ("'1'", "1"),
        ("adam", "adam"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    found = read_scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_read_as_a_number_so_that_the_space_can_refuse_it():
    assert math.isnan(read_scalar(".nan"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_as_python_writes_it_is_read_back(number):
    assert read_scalar(repr(number)) == number


@given(st.integers(-(10**30), 10**30))
def test_every_integer_is_read_back(number):
    assert read_scalar(str(number)) == number


def test_a_study_is_read():
    path = Path("study.yaml")
    path.write_text(GOOD)
    study = load_study(path)
    assert study.name == "s"
    assert study.space["a.b"].low == 1e-4


def test_json_is_yaml():
    path = Path("study.json")
    path.write_text('{"name": "s", "objective": "mine:train", "space": {"x": {"type": "int", "low": 1, "high": 2}}}')
    assert load_study(path).space["x"].high == 2


def test_errors_name_the_line_of_the_field_also_where_names_have_dots():
    assert refused(GOOD.replace("1e-4", ".nan")) == ["study.yaml:4: space.a.b.low: must be a finite number, got 'nan'"]
    assert refused(GOOD.replace("high: 1,", "high: 1e-5,")) == [
        "study.yaml:4: space.a.b.low: must be at most high, got low = 0.0001 and high = 1e-05"
    ]


def test_the_longest_name_that_fits_is_the_one_meant():
    space = "  a: {type: int, low: 1, high: 2}\n  a.b: {type: int, low: 2, high: 1}\n  a.b.c: {type: int, low: 1, high: 2}\n"
    (found,) = refused(f"name: s\nobjective: mine:train\nspace:\n{space}")
    assert found.startswith("study.yaml:5: space.a.b.low: must be at most high")


def test_every_error_is_told():
    found = refused("name: a b\nobjective: mine:train\nspace: {}\nbudgt: 1\n")
    assert [line.split(": ")[:2] for line in found] == [
        ["study.yaml:1", "name"],
        ["study.yaml:3", "space"],
        ["study.yaml:4", "budgt"],
    ]


def test_a_missing_field_is_told_at_the_line_of_what_lacks_it():
    assert refused("name: s\nobjective: mine:train\nspace:\n  x: {type: int, low: 1}\n") == [
        "study.yaml:4: space.x.high: is required"
    ]


def test_what_a_built_in_objective_does_not_know_is_told_with_its_line():
    (found,) = refused(GOOD.replace("mine:train", "flax/mlp").replace("a.b", "learnin_rate"))
    assert found.startswith("study.yaml:4: space.learnin_rate: is not known here; did you mean learning_rate?")


def test_an_unknown_built_in_objective_is_refused():
    (found,) = refused(GOOD.replace("mine:train", "flax/mpl"))
    assert found.startswith("study.yaml:2: objective: is not known here; did you mean flax/mlp?")


def test_a_repeated_key_is_refused_with_both_lines():
    assert refused(GOOD + "name: t\n") == ["study.yaml: line 5, column 1: name is given twice, first in line 1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must hold the fields of a study"),
        ("- a\n- b\n", "must hold the fields of a study"),
        ("name: [1", "line 1, column 9: expected"),
        ("name: &x [*x]\n", "name"),
        ("{a: 1}: 2\n", "a key must be a plain word"),
        ("a: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "found another document"),
        ("name: \x01", "not readable"),
        (b"\xff\xfe\xff", "not readable"),
        ("a: " + "9" * 5000, "not readable"),
        ("a: " + "[" * 1500, "not readable"),
    ],
)
def test_what_is_no_study_is_refused_in_one_line(text, said):
    for found in refused(text):
        assert found.startswith("study.yaml:")
        assert "\n" not in found
    assert any(said in found for found in refused(text))


def test_a_file_that_cannot_be_read_is_refused():
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml cannot be read: No such file"):
        load_study(Path("nowhere.yaml"))


def test_a_file_that_no_server_would_read_is_refused_before_it_is_parsed():
    assert refused(GOOD + "# " + "x" * 8_000_000) == ["study.yaml: must be at most 8 MB, as what a server reads"]
