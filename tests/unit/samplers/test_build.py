import subprocess
import sys

import pytest
from domain import study_of

from hpsearch.samplers import NumberSampler, ViewSampler, build

STEPS = {"x": {"type": "int", "low": 1, "high": 3}}


@pytest.mark.parametrize(
    ("name", "kind", "needs_view"),
    [("grid", NumberSampler, False), ("random", NumberSampler, False), ("tpe", ViewSampler, True)],
)
def test_each_sampler_is_of_one_kind(name, kind, needs_view):
    sampler = build(study_of(space=STEPS, sampler={"name": name}), 0)
    assert isinstance(sampler, kind)
    assert sampler.needs_view is needs_view


def test_only_the_estimator_needs_heavy_imports():
    """Random and grid studies are served without the second that optuna and numpy take to load."""
    code = """
import sys
from hpsearch.samplers import build
from hpsearch.study import Study
for sampler in ({"name": "random"}, {"name": "grid", "shuffle": True}):
    study = {"name": "s", "objective": "m:f", "space": {"x": {"type": "int", "low": 1, "high": 3}}, "sampler": sampler}
    build(Study.model_validate(study), 0).point(0)
sys.exit(bool({"optuna", "numpy"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
