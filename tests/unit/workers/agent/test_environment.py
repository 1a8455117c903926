import sys
from pathlib import Path

import pytest

from hpsearch.settings import Settings
from hpsearch_workers.agent.environment import command, cores, environment


@pytest.fixture
def settings():
    return Settings.model_construct(cache=Path("/c"), lanes=None)


def test_tokens_stay_with_the_supervisor(settings):
    found = environment({"HPSEARCH_TOKEN": "t", "HPSEARCH_ADMIN_TOKEN": "a", "HOME": "/h"}, settings, 1, 8)
    assert {name for name in found if not name.startswith("JAX_")} == {"HOME"}


def test_processes_share_the_cores_and_the_gpu(settings):
    shared = environment({}, settings, 4, 10)
    assert shared["OMP_NUM_THREADS"] == shared["NPROC"] == "2"
    assert float(shared["XLA_PYTHON_CLIENT_MEM_FRACTION"]) == 0.225
    assert environment({}, settings, 4, 2)["OMP_NUM_THREADS"] == "1"


def test_what_the_user_has_set_stays(settings):
    given = {"OMP_NUM_THREADS": "7", "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.4", "JAX_COMPILATION_CACHE_DIR": "/mine"}
    assert given.items() <= environment(given, settings, 2, 2).items()


def test_compiled_programs_are_kept(settings):
    assert Path("/c/programs") in Path(environment({}, settings, 1, 2)["JAX_COMPILATION_CACHE_DIR"]).parents


def test_lanes_are_those_of_the_settings(settings):
    told = settings.model_copy(update={"lanes": 16})
    assert environment({"HPSEARCH_LANES": "4"}, told, 1, 2)["HPSEARCH_LANES"] == "16"
    assert "HPSEARCH_LANES" not in environment({}, settings, 1, 2)


def test_the_current_folder_is_searched_for_the_users_code_alone():
    assert command(["flax/mlp"], own_code=False)[:2] == [sys.executable, "-P"]
    assert "-P" not in command(["a:b", "flax/mlp"], own_code=True)
    assert command(["a:b", "flax/mlp"], own_code=True)[-4:] == ["--objective", "a:b", "--objective", "flax/mlp"]


def test_there_is_a_core():
    assert cores() >= 1
