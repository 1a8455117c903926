import json

from peer import Answer, problem

from hpsearch.cli.exits import ExitCode
from hpsearch.wire.charts import AdviceView, StudyAdvice

PATH = "/api/v1/studies/s/advice"
BOUND = AdviceView(
    code="bound_crowded",
    severity="warning",
    title="The best trials crowd the upper bound of units",
    detail="9 of the 10 best trials are there.",
    action="Search up to 512.",
    parameter="units",
    count=22,
    trials=[1, 2],
    space={"units": {"type": "int", "low": 8, "high": 512, "log": True}},
)
IDLE = BOUND.model_copy(update={"severity": "hint", "title": "momentum does not matter", "trials": [], "space": None})


def test_findings_are_shown_with_what_to_do(cli, peer):
    peer.on("GET", PATH, Answer(body=StudyAdvice(advice=[BOUND, IDLE]).model_dump(mode="json")))
    assert cli("study", "advise", "s").out.splitlines() == [
        "warning: The best trials crowd the upper bound of units",
        "  9 of the 10 best trials are there.",
        "  Search up to 512.",
        "  trials 1, 2 and 20 more",
        "    units: {type: int, low: 8, high: 512, log: true}",
        "",
        "hint: momentum does not matter",
        "  9 of the 10 best trials are there.",
        "  Search up to 512.",
    ]
    found = json.loads(cli("study", "advise", "s", "--json").out)
    assert [one["code"] for one in found] == ["bound_crowded", "bound_crowded"]
    assert found[0]["space"] == BOUND.space


def test_where_nothing_looks_wrong_it_says_so(cli, peer):
    peer.on("GET", PATH, Answer(body={"advice": []}))
    result = cli("study", "advise", "s")
    assert (result.code, result.out, result.err) == (0, "", "Nothing looks wrong in s.\n")
    assert cli("study", "advise", "s", "--json").out == "[]\n"


def test_a_study_that_is_not_there(cli, peer):
    peer.on("GET", PATH, problem(404, "study_not_found", "there is no study 's'"))
    result = cli("study", "advise", "s")
    assert (result.code, result.err) == (ExitCode.NOT_FOUND, "error: there is no study 's'\n")
