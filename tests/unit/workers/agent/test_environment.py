import sys

from hpsearch_workers.agent.environment import command, cores, environment


def test_tokens_stay_with_the_supervisor():
    assert environment({"HPSEARCH_TOKEN": "t", "HPSEARCH_ADMIN_TOKEN": "a", "HOME": "/h"}, 1, 8) == {"HOME": "/h"}


def test_processes_share_the_cores_and_the_gpu():
    shared = environment({}, 4, 10)
    assert shared["OMP_NUM_THREADS"] == shared["NPROC"] == "2"
    assert float(shared["XLA_PYTHON_CLIENT_MEM_FRACTION"]) == 0.225
    assert environment({}, 4, 2)["OMP_NUM_THREADS"] == "1"


def test_what_the_user_has_set_stays():
    given = {"OMP_NUM_THREADS": "7", "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.4"}
    assert given.items() <= environment(given, 2, 2).items()


def test_the_current_folder_is_searched_for_the_users_code_alone():
    assert command(["flax/mlp"], own_code=False)[:2] == [sys.executable, "-P"]
    assert "-P" not in command(["a:b", "flax/mlp"], own_code=True)
    assert command(["a:b", "flax/mlp"], own_code=True)[-4:] == ["--objective", "a:b", "--objective", "flax/mlp"]


def test_there_is_a_core():
    assert cores() >= 1
