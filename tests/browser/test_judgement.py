"""What a trained network makes of the validation data: the confusion matrix, and the pictures that it gets wrong."""

from base64 import b64encode

import pytest
from browser_studies import ask, create, tell
from playwright.sync_api import expect

MATRIX = {"step": 7, "samples": 20, "counts": [[8, 2, 0], [1, 9, 0], [0, 0, 0]]}


def picture(pixels, **fields):
    item = {"index": 12, "label": 9, "predicted": 5, "probability": 0.948, "loss": 4.75}
    return item | {"pixels": b64encode(bytes(pixels)).decode()} | fields


@pytest.fixture
def shown(site, page):
    """The page of a trial with these artifacts."""

    def show(**artifacts):
        create(site.api, "s")
        [lease] = ask(site.api, "s", 1)
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [1], "artifacts": artifacts})
        page.goto("/studies/s/trials/0")
        expect(page.get_by_role("heading", name="Trial 0")).to_be_visible()
        return page

    return show


def test_the_confusion_matrix_is_a_table(shown):
    panel = shown(confusion_matrix=MATRIX).get_by_role("region", name="Confusion matrix", exact=True)
    expect(panel).to_contain_text("17 of 20 right, 85 % · after step 7")
    expect(panel).to_contain_text("Most often: 0 taken for 1 (2), 1 taken for 0 (1)")
    rows = panel.get_by_role("table").get_by_role("row")
    expect(rows).to_have_text(["class \\ given012found", "082080 %", "119090 %", "2000—"])
    expect(panel.get_by_role("rowheader")).to_have_text(["0", "1", "2"])
    cells = rows.nth(1).get_by_role("cell")
    shares = [cell.evaluate("cell => cell.style.getPropertyValue('--share')") for cell in cells.all()]
    assert shares == ["0.800", "1.000", "", ""]


def test_a_hundred_classes_scroll_within_their_frame(shown):
    counts = [[int(label == given) for given in range(100)] for label in range(100)]
    page = shown(confusion_matrix={"step": 1, "samples": 100, "counts": counts})
    panel = page.get_by_role("region", name="Confusion matrix", exact=True)
    expect(panel.get_by_role("row")).to_have_count(101)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pictures_with_what_they_are_and_what_they_were_taken_for(shown):
    items = [picture([0, 64, 128, 255]), picture([1, 2, 3, 4], index=0, label=0, predicted=8, probability="NaN")]
    told = {"step": 7, "samples": 360, "wrong": 10, "shape": [2, 2, 1], "items": items}
    page = shown(mistakes=told)
    panel = page.get_by_role("region", name="Mistakes")
    expect(panel).to_contain_text("10 of 360 wrong · after step 7 · the 2 with the highest loss")
    pictures = panel.get_by_role("listitem")
    expect(pictures).to_have_text(["9 taken for 595 % sure #12", "0 taken for 8— sure #0"])
    canvas = pictures.first.get_by_role("img", name="Sample 12")
    drawn = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    assert canvas.evaluate(drawn) == [part for grey in (0, 64, 128, 255) for part in (grey, grey, grey, 255)]


def test_coloured_pictures(shown):
    told = {"step": 1, "samples": 4, "wrong": 1, "shape": [1, 2, 3], "items": [picture([255, 0, 0, 1, 2, 3])]}
    canvas = shown(mistakes=told).get_by_role("img", name="Sample 12")
    drawn = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 2, 1).data]"
    assert canvas.evaluate(drawn) == [255, 0, 0, 255, 1, 2, 3, 255]


def test_a_network_that_is_right_everywhere(shown):
    told = {"step": 1, "samples": 4, "wrong": 0, "shape": [2, 2, 1], "items": []}
    expect(shown(mistakes=told).get_by_role("region", name="Mistakes")).to_contain_text(
        "Every picture was given its class."
    )


STRANGE_MATRICES = [
    None,
    "text",
    [],
    {"counts": []},
    {"counts": [[1], [2]]},
    {"counts": [[-1]]},
    {"counts": [["<b>"]]},
    {"counts": [[0.5]]},
]
STRANGE_MISTAKES = [
    None,
    7,
    {"shape": [2, 2], "items": []},
    {"shape": [0, 2, 1], "items": []},
    {"shape": [2, 2, 4], "items": []},
    {"shape": [99999, 99999, 1], "items": []},
]


def test_what_has_these_names_and_another_form(home):
    script = "([name, told]) => import('/static/pages/trial/judgement.js').then((found) => found[name](told))"
    assert [home.evaluate(script, ["confusionOf", told]) for told in STRANGE_MATRICES] == [None] * len(STRANGE_MATRICES)
    assert [home.evaluate(script, ["mistakesOf", told]) for told in STRANGE_MISTAKES] == [None] * len(STRANGE_MISTAKES)
    items = [
        None,
        {},
        picture([1]),
        picture([]) | {"pixels": "*"},
        picture([]) | {"pixels": 3},
        picture([1, 2, 3, 4], label="<b>"),
    ]
    found = home.evaluate(
        script, ["mistakesOf", {"shape": [2, 2, 1], "items": [*items, picture([1, 2, 3, 4], index="x")]}]
    )
    assert [(item["label"], item["index"]) for item in found["items"]] == [(9, -1)]
    assert (found["wrong"], found["samples"], found["step"]) == (1, 0, None)


def test_an_artifact_of_another_form_says_so(shown):
    page = shown(confusion_matrix="<b>x</b>", mistakes={"shape": []}, log_tail={"a": 1})
    expect(page.get_by_role("heading", name="This is no confusion matrix")).to_be_visible()
    expect(page.get_by_role("heading", name="These are no pictures")).to_be_visible()
    expect(page.get_by_role("region", name="Last lines")).to_contain_text('"a": 1')
