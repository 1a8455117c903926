"""A study and its best trial as text to copy: what is copied does what it says."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser_studies import complete, create
from patience import SECONDS
from playwright.sync_api import expect

ODD = {
    "": None,
    "it's": ['"', "\\", "\n\t\u2028\x00\x7f", "ü 🎉", "<b>", "$(id) `id`"],
    "numbers": [0, -1, 1e-300, 1.5e300, 0.1, True, False],
    "deep": {"er": [{"x": [list(range(40))]}, {}, []]},
}
SPACE = {
    "rate": {"type": "float", "low": 1e-5, "high": 1.0, "log": True},
    "kind": {"type": "categorical", "choices": ["it's", "$(id)", "ü", True, None, 1]},
}


@pytest.fixture
def run(site, tmp_path):
    """Runs a program on a text, as one who may write to the server."""

    def run(text, *program):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = os.environ | {"PATH": path, "HPSEARCH_TOKEN": site.token}
        ran = subprocess.run(
            program, input=text, text=True, env=env, cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    return run


def copied(page, label):
    return page.get_by_role("region", name=label).inner_text()


def test_python_reads_what_is_written_for_it(home):
    script = "(value) => import('/static/pages/study/code.js').then((code) => code.python(value))"
    assert ast.literal_eval(home.evaluate(script, ODD)) == ODD


@pytest.mark.parametrize(("form", "program"), [("command", "bash"), ("curl", "bash"), ("python", sys.executable)])
def test_what_is_copied_makes_the_same_study(site, page, run, form, program):
    settings = {"note": "it's $(id)", "odd": ODD["deep"], "nothing": None}
    first = create(site.api, "copied", space=SPACE, settings=settings, description="<b>'", budget={"max_trials": 3})
    page.goto("/studies/copied?tab=definition")
    page.get_by_role("combobox", name="As", exact=True).select_option(form)
    expect(page.get_by_role("region", name="Text of the study file")).to_contain_text(site.address)
    page.reload()
    text = copied(page, "Text of the study file")
    assert site.api.delete("/studies/copied").status_code == 204
    run(text, program)
    assert site.api.get("/studies/copied").json()["definition"] == first["definition"]


def test_the_study_as_json(site, page):
    first = create(site.api, "s", space=SPACE)
    page.goto("/studies/s?tab=definition&as=json")
    document = json.loads(copied(page, "Text of the study file"))
    assert site.api.delete("/studies/s").status_code == 204
    assert create(site.api, **document)["definition"] == first["definition"]
    page.goto("/studies/s?tab=definition&as=nonsense")
    expect(page.get_by_role("combobox", name="As", exact=True)).to_have_value("yaml")


@pytest.mark.parametrize(("form", "program"), [("command", "bash"), ("client", sys.executable)])
def test_what_is_copied_enqueues_the_best_trial(site, page, run, form, program):
    create(site.api, "s", space=SPACE)
    complete(site.api, "s", 0.5, 0.25, 0.75)
    page.goto("/studies/s")
    page.get_by_role("region", name="Best trial").get_by_role("combobox", name="As", exact=True).select_option(form)
    expect(page.get_by_role("region", name="Parameters of trial 1")).to_contain_text("enqueue")
    run(copied(page, "Parameters of trial 1"), program)
    trial = site.api.get("/studies/s/trials/3").json()
    assert (trial["state"], trial["enqueued"]) == ("queued", True)
    assert trial["params"] == site.api.get("/studies/s/trials/1").json()["params"]


def test_the_best_trial_as_python_and_for_optuna(site, page):
    create(site.api, "s")
    complete(site.api, "s", 0.5)
    params = site.api.get("/studies/s/trials/0").json()["params"]
    for form, begin, end in (("python", "params = ", ""), ("optuna", "study.enqueue_trial(", ")")):
        page.goto(f"/studies/s?best={form}")
        text = copied(page, "Parameters of trial 0").strip()
        assert ast.literal_eval(text.removeprefix(begin).removesuffix(end)) == params
