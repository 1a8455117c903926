"""Creating a study: by form and by file, with what is wrong said where it is wrong, while it is typed."""

import json
import re

import pytest
from browser_studies import SPACE, create
from playwright.sync_api import expect

FILE = """\
name: pasted            # YAML 1.2
objective: train:run
direction: [minimize, maximize]
metric: [loss, accuracy]
space:
  rate: {type: float, low: 1e-4, high: 1e-1, log: true}
  kind: {type: categorical, choices: [on, off, 1.5]}
  momentum: {type: float, low: 0.0, high: 0.99, when: {kind: [on]}}
"""


@pytest.fixture
def page(home):
    return home


@pytest.fixture
def dialog(page):
    page.get_by_role("button", name="New study").click()
    return page.get_by_role("dialog", name="New study")


def field(dialog, label):
    return dialog.get_by_label(label, exact=True)


def fill_parameter(dialog, name, low, high):
    field(dialog, "Parameter").fill(name)
    field(dialog, "Low").fill(low)
    field(dialog, "High").fill(high)


def open_file(dialog, text):
    dialog.get_by_role("tab", name="Study file").click()
    field(dialog, "YAML or JSON").fill(text)


def test_a_study_by_the_form(site, page, dialog):
    field(dialog, "Name").fill("made")
    field(dialog, "Objective").fill("train:run")
    fill_parameter(dialog, "rate", "1e-4", "0.1")
    dialog.get_by_role("checkbox", name="log").check()
    dialog.get_by_role("button", name="Add a parameter").click()
    second = dialog.get_by_role("group", name="New parameter")
    second.get_by_label("Type").select_option("categorical")
    dialog.get_by_label("Choices, with commas between").fill("adam, sgd, 3, true")
    second.get_by_label("Parameter", exact=True).fill("kind")
    dialog.get_by_role("group", name="Pruner").get_by_label("Kind").select_option("asha")
    field(dialog, "reduction_factor").fill("4")
    field(dialog, "max_trials").fill("12")
    expect(dialog.get_by_text("Valid")).to_be_visible()
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/studies/made")
    expect(page.get_by_role("heading", name="made")).to_be_visible()
    definition = site.api.get("/studies/made").json()["definition"]
    rate = definition["space"]["rate"]
    assert (rate["low"], rate["high"], rate["log"], rate["step"]) == (1e-4, 0.1, True, None)
    assert definition["space"]["kind"]["choices"] == ["adam", "sgd", 3, True]
    assert definition["pruner"]["reduction_factor"] == 4
    assert definition["budget"]["max_trials"] == 12


def test_what_is_wrong_is_said_at_its_field(dialog):
    field(dialog, "Name").fill("no spaces")
    fill_parameter(dialog, "rate", "5", "1")
    field(dialog, "max_trials").fill("lots")
    for label, said in (("Name", "must match"), ("Low", "at most high"), ("max_trials", "integer")):
        wrong = field(dialog, label)
        expect(wrong).to_have_attribute("aria-invalid", "true")
        about = wrong.get_attribute("aria-describedby").split()[-1]
        expect(dialog.locator(f'[id="{about}"]')).to_contain_text(said)
    expect(dialog.get_by_role("status")).to_contain_text("things are not right yet")
    field(dialog, "Low").fill("0.5")
    expect(field(dialog, "Low")).not_to_have_attribute("aria-invalid", "true")


def test_names_that_are_missing_or_given_twice_are_said_at_their_fields(dialog):
    fill_parameter(dialog, "", "0", "1")
    expect(field(dialog, "Parameter")).to_have_attribute("aria-invalid", "true")
    fill_parameter(dialog, "same", "0", "1")
    expect(field(dialog, "Parameter")).not_to_have_attribute("aria-invalid", "true")
    dialog.get_by_role("button", name="Add a parameter").click()
    second = dialog.get_by_role("group", name="New parameter").get_by_label("Parameter", exact=True)
    second.fill("same")
    expect(dialog.get_by_text("is there twice").first).to_be_visible()
    dialog.get_by_role("button", name="Remove parameter same").first.click()
    expect(field(dialog, "Parameter")).not_to_have_attribute("aria-invalid", "true")


def test_settings_of_a_built_in_objective_are_checked(dialog):
    field(dialog, "Name").fill("mlp")
    fill_parameter(dialog, "learning_rate", "0.001", "0.1")
    field(dialog, "Settings").fill('{"data": {"name": "digits"}, "max_epoch": 3}')
    expect(dialog.get_by_role("status")).to_contain_text("settings.max_epoch")
    expect(dialog.get_by_role("status")).to_contain_text("did you mean max_epochs?")


def test_a_name_that_is_taken_is_said_at_the_name(site, page, dialog):
    create(site.api, "taken")
    field(dialog, "Name").fill("taken")
    field(dialog, "Objective").fill("train:run")
    fill_parameter(dialog, "x", "0", "1")
    dialog.get_by_role("button", name="Create").click()
    expect(field(dialog, "Name")).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text("exists with another definition")
    expect(field(dialog, "Low")).to_have_value("0")


def test_a_pasted_file_is_checked_as_it_is_read(site, page, dialog):
    open_file(dialog, FILE.replace("high: 1e-1", "high: 1e-5"))
    expect(dialog.get_by_role("status")).to_contain_text("space.rate.low")
    field(dialog, "YAML or JSON").fill(FILE + "name: twice\n")
    expect(dialog.get_by_role("status")).to_contain_text("duplicated mapping key")
    field(dialog, "YAML or JSON").fill(FILE)
    expect(dialog.get_by_text("Valid")).to_be_visible()
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/studies/pasted")
    definition = site.api.get("/studies/pasted").json()["definition"]
    assert definition["space"]["kind"]["choices"] == ["on", "off", 1.5]
    assert definition["space"]["rate"]["low"] == 1e-4


def test_json_is_sent_as_it_is(site, page, dialog):
    document = {
        "name": "exact",
        "objective": "train:run",
        "space": {"x": {"type": "categorical", "choices": [1.0, 2]}},
        "settings": {"scale": 1.0},
    }
    open_file(dialog, json.dumps(document))
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/studies/exact")
    text = site.api.get("/studies/exact").text
    assert '"scale":1.0' in text


def test_form_and_file_are_two_views_of_one_study(dialog):
    open_file(dialog, FILE)
    dialog.get_by_role("tab", name="Form").click()
    expect(field(dialog, "Name")).to_have_value("pasted")
    expect(field(dialog, "Metric")).to_have_value("loss, accuracy")
    field(dialog, "Name").fill("renamed")
    dialog.get_by_role("tab", name="Study file").click()
    text = field(dialog, "YAML or JSON")
    expect(text).to_have_value(re.compile("name: renamed"))
    assert "when" in text.input_value()
    expect(dialog.get_by_text("Valid")).to_be_visible()


def test_a_clone_begins_with_the_definition_of_its_study(site, page):
    create(site.api, "original", budget={"max_trials": 3}, pruner={"name": "median", "n_warmup_steps": 2})
    page.get_by_role("button", name="Actions for original").click()
    page.get_by_role("menuitem", name="Clone").click()
    dialog = page.get_by_role("dialog", name="New study")
    expect(field(dialog, "Name")).to_have_value("original-copy")
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/studies/original-copy")
    copy, original = (site.api.get(f"/studies/{name}").json()["definition"] for name in ("original-copy", "original"))
    assert copy | {"name": "original"} == original
    assert set(copy["space"]) == set(SPACE)


def test_what_is_missing_is_said_and_nothing_is_created(site, dialog):
    open_file(dialog, json.dumps({"name": "s"}))
    expect(dialog.get_by_role("status")).to_contain_text("objective")
    assert site.api.get("/studies").json()["items"] == []
