"""`hpsearch study plot` against a real server, with trials of every kind."""

import json

import httpx2
import pytest
from browser_studies import ask, complete, create, tell
from patience import SECONDS
from processes import TOKEN, Processes

from hpsearch.cli.main import main


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server in a process of its own; each test has studies of its own."""
    folder = tmp_path_factory.mktemp("server")
    processes = Processes(folder)
    yield processes.serve(folder / "test.db")[1]
    processes.close()


@pytest.fixture
def api(address):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=f"{address}/api/v1", headers=headers, timeout=SECONDS) as api:
        yield api


@pytest.fixture
def plot(address, monkeypatch, capsys):
    """`study plot` with these options: its exit code, its output and what else it says."""
    for name, value in {"HPSEARCH_SERVER": address, "HPSEARCH_TOKEN": TOKEN, "COLUMNS": "50"}.items():
        monkeypatch.setenv(name, value)

    def run(*options):
        code = main(["study", "plot", *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_plots_of_a_search(plot, api):
    create(api, "s", metric="loss")
    assert plot("s") == (0, "", "s has no value to draw yet: 0 trials.\n")
    assert "No trial of s has reported anything yet" in plot("s", "--kind", "curves")[2]
    complete(api, "s", 0.5, "NaN", 0.001, 2.0)
    [lease] = ask(api, "s", 1)
    items = [
        {"lease": lease["lease"], "step": step, "value": value} for step, value in ((1, 3.0), (2, "NaN"), (3, 0.2))
    ]
    assert api.post("/report", json={"items": items}).status_code == 200
    tell(api, {"lease": lease["lease"], "state": "completed", "values": [0.2], "best_step": 3})
    for x, named in (("trials", "trial"), ("seconds", "seconds"), ("device-seconds", "device seconds")):
        _, out, _ = plot("s", "--x", x)
        assert out.startswith(f"s: loss by {named}, logarithmic\n")
        assert max(map(len, out.splitlines()[1:-2])) == 50
        assert out.endswith("⠂ 4 completed  ⠒⠒ best so far: 0.001 (trial 2)\n")
    _, out, err = plot("s", "--kind", "curves", "--trial", "4")
    assert "a trial 4  completed  0.2 at step 3" in out
    assert err == "1 of 3 values are not finite and leave gaps.\n"
    chart = json.loads(plot("s", "--json")[1])
    assert (chart["number"], chart["y"]) == ([0, 2, 3, 4], [0.5, 0.001, 2.0, 0.2])


def test_a_study_whose_trials_all_failed(plot, api):
    create(api, "f")
    for lease in ask(api, "f", 2):
        error = {"reason": "invalid_parameters", "message": "no such optimizer"}
        tell(api, {"lease": lease["lease"], "state": "failed", "error": error})
    told = (
        "f has no value to draw yet: 2 trials, 2 failed.\nSee why they failed: hpsearch trial list f --state failed\n"
    )
    assert plot("f") == (0, "", told)


def test_what_is_not_there(plot, api):
    assert plot("absent")[0] == 3
    create(api, "e")
    code, _, err = plot("e", "--objective", "3")
    assert (code, err.startswith("error: objective")) == (2, True)
