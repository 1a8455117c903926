"""`hpsearch top` in a terminal, with real servers that come and go."""

import json
import signal
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from browser_studies import ask, complete, create, tell
from patience import SECONDS
from processes import TOKEN, Processes, wait_until

ASHA = {"pruner": {"name": "asha", "min_resource": 1, "reduction_factor": 2}, "budget": {"max_trials": 9}}
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
"""The screen of its own, as xterm has it."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server that stays."""
    folder = tmp_path_factory.mktemp("server")
    processes = Processes(folder)
    yield processes.serve(folder / "test.db")[1]
    processes.close()


def client_of(address):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx2.Client(base_url=f"{address}/api/v1", headers=headers, timeout=SECONDS)


@pytest.fixture
def api(address, desk):
    """A client of the server that stays, without studies; the desk's command lines find it too."""
    desk.environment |= {"HPSEARCH_SERVER": address, "HPSEARCH_TOKEN": TOKEN}
    with client_of(address) as api:
        yield api
        for study in api.get("/studies").json()["items"]:
            api.delete(f"/studies/{study['name']}").raise_for_status()


@pytest.fixture
def processes(tmp_path):
    """For servers that come and go."""
    (tmp_path / "server").mkdir()
    processes = Processes(tmp_path / "server")
    yield processes
    processes.close()


def row(terminal, name):
    """The words of the row of this name; empty where there is none."""
    return next((line.split() for line in terminal.picture() if line.lstrip("> ").startswith(f"{name} ")), [])


def is_over(terminal, code=0):
    """It has ended, and the terminal is as it was."""
    assert terminal.ended() == code, terminal.written
    assert terminal.written.count(ENTER) == terminal.written.count(LEAVE) > 0
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")  # the cursor is shown again
    assert terminal.modes() == terminal.before


def test_it_follows_what_happens(desk, api):
    top = desk.terminal("top")
    top.shows("There is no study yet")
    create(api, "one", **ASHA)
    top.shows("1 study, 1 active", "rungs of one", "its pruner is asha")
    complete(api, "one", 0.5, 0.25)
    top.until(lambda: {"2/9", "0.25"} <= set(row(top, "one")), "two trials")
    [lease, other] = ask(api, "one", 2)
    for step in (1, 2):
        items = [{"lease": one["lease"], "step": step, "value": value} for one, value in ((lease, 1.0), (other, 9.0))]
        api.post("/report", json={"items": items}).raise_for_status()
    top.until(lambda: ["1", "4"] in [line.split()[:2] for line in top.picture()], "four trials at the first rung")
    status = {"host": "h", "lanes": 2, "busy": 2, "training": {"one": [[2, 2], [3, 2]]}}
    leases = [lease["lease"], other["lease"]]
    api.post("/renew", json={"worker": "node-1", "leases": leases, "status": status}).raise_for_status()
    top.shows("one 2@2 3@2")  # which changes no study, and has no event
    create(api, "two")
    top.shows("2 studies, 2 active", "rungs of two")
    top.type("\x1b[B")
    top.shows("> one", "rungs of one")
    api.patch("/studies/one", json={"budget": {"max_trials": 20}}).raise_for_status()
    top.until(lambda: "2/20" in row(top, "one"), "the new budget")
    api.delete("/studies/one").raise_for_status()
    top.shows("1 study, 1 active", "> two", "rungs of two")
    top.type("q")
    is_over(top)


def test_it_goes_on_when_the_server_was_gone(desk, processes):
    database = desk.folder / "test.db"
    first, address = processes.serve(database)
    desk.environment |= {"HPSEARCH_SERVER": address, "HPSEARCH_TOKEN": TOKEN}
    with client_of(address) as api:
        create(api, "kept")
        create(api, "deleted")
    top = desk.terminal("top")
    top.shows("2 studies, 2 active")
    first.send_signal(signal.SIGKILL)
    first.wait(SECONDS)
    top.shows("THE SERVER IS GONE", "2 studies, 2 active")
    second, elsewhere = processes.serve(database)
    with client_of(elsewhere) as api:
        api.delete("/studies/deleted").raise_for_status()  # what no event will tell
    second.send_signal(signal.SIGTERM)
    second.wait(SECONDS)
    processes.serve(database, urlsplit(address).port)
    top.shows("hpsearch top", "1 study, 1 active")
    with client_of(address) as api:
        complete(api, "kept", 0.5)
    top.until(lambda: "0.5" in row(top, "kept"), "what happened since")
    top.type("q")
    is_over(top)


@pytest.mark.parametrize("how", ["ctrl-c", "sigterm"])
def test_it_ends_cleanly(desk, api, how):
    top = desk.terminal("top")
    top.shows("There is no study yet")
    if how == "ctrl-c":
        top.type("\x03")
    else:
        top.signal(signal.SIGTERM)
    is_over(top)
    assert "Traceback" not in top.written


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(desk, api):
    top = desk.terminal("top")
    top.shows("There is no study yet")
    top.type("\x1a")
    wait_until(lambda: _state(top.pid) == "T", "it to be stopped")
    top.until(lambda: top.written.count(LEAVE) == 1, "the end of its screen")
    assert top.modes() == top.before
    top.signal(signal.SIGCONT)
    create(api, "one")
    top.shows("1 study, 1 active")
    top.type("q")
    is_over(top)
    assert top.written.count(ENTER) == 2


def _state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_fits_a_terminal_that_shrinks_and_has_no_colours_where_they_are_not_wanted(desk, api):
    create(api, "one")
    desk.environment["NO_COLOR"] = "1"
    top = desk.terminal("top")
    top.shows("trials/min")
    assert max(map(len, top.picture())) > 40
    top.resize(40, 10)

    def is_small():
        return max(map(len, top.picture())) <= 40 and len(top.picture()) == 10

    top.until(lambda: is_small() and row(top, "one")[:2] == [">", "one"], "a small picture")
    assert "\x1b[32m" not in top.written  # the green of what is active
    top.type("q")
    is_over(top)


def test_a_token_that_is_revoked_ends_it(desk, api):
    token = api.post("/tokens", json={"name": "viewer", "scope": "viewer"}).raise_for_status().json()
    desk.environment["HPSEARCH_TOKEN"] = token["token"]
    top = desk.terminal("top")
    top.shows("There is no study yet")
    api.delete(f"/tokens/{token['id']}").raise_for_status()
    create(api, "one")  # whereupon the server looks at the token
    is_over(top, code=1)
    assert "error: " in top.written.rpartition(LEAVE)[2]


def test_one_look(desk, api):
    create(api, "alone", **ASHA)
    complete(api, "alone", 0.5)
    [lease] = ask(api, "alone", 1)
    tell(api, {"lease": lease["lease"], "state": "released"})
    plain = desk.run("top")
    assert plain.returncode == 0
    assert plain.stdout.splitlines()[1].startswith("alone\tactive\t1/9\t")
    assert "node-1\t" in plain.stdout
    told = json.loads(desk.run("top", "--json").stdout)
    assert told["rungs"] == {"study": "alone", "rungs": told["rungs"]["rungs"]}
    assert told["rungs"]["rungs"][0]["reached"] == 1
