"""The list of studies where there are many: pages, tags, and what two people do to the tags of one study."""

import re
import sqlite3

import pytest
from browser_studies import complete, create
from playwright.sync_api import expect


@pytest.fixture
def page(home):
    return home


def names(page):
    return page.locator("tbody th .row-link")


def tags(page, name):
    return page.get_by_role("list", name=f"Tags of {name}").get_by_role("link")


def multiply(database, project, count):
    """So many studies more like the one that is there, past the server: over REST they would take a minute."""
    with sqlite3.connect(database, timeout=30) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(studies)") if row[1] != "id"]
        values = {
            "name": "printf('s-%04d', n)",
            "search_text": "printf('s-%04d', n)",
            "definition": "json_set(definition, '$.name', printf('s-%04d', n))",
            "created_at": "created_at + n",
        }
        chosen = ", ".join(values.get(column, f'"{column}"') for column in columns)
        quoted = ", ".join(f'"{column}"' for column in columns)
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
        connection.execute(
            f"{numbers} INSERT INTO studies ({quoted}) SELECT {chosen} FROM studies, numbers WHERE project = ?",
            [project],
        )


def test_five_thousand_are_shown_a_page_at_a_time(site, database, new_page):
    create(site.api, "s")
    multiply(database, site.project, 4999)
    page = new_page()
    expect(names(page)).to_have_count(50)
    expect(names(page).first).to_have_text("s-4999")
    expect(page.get_by_role("button", name="All 5,000")).to_be_visible()
    pager = page.get_by_role("navigation", name="Pages of studies")
    expect(pager.get_by_role("button", name="Back")).to_be_disabled()
    pager.get_by_role("button", name="Next").click()
    expect(pager).to_contain_text("Page 2")
    expect(names(page).first).to_have_text("s-4949")
    page.get_by_role("button", name="Study", exact=True).click()
    expect(names(page).first).to_have_text("s")  # in another order, from its beginning
    expect(pager).to_contain_text("Page 1")
    page.get_by_role("searchbox", name="Search studies").fill("S-012")
    expect(names(page)).to_have_text([f"s-012{n}" for n in range(10)])
    expect(pager).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?.*q=S-012"))


def test_one_study_has_no_pages(site, page):
    expect(page.get_by_role("heading", name="No studies yet")).to_be_visible()
    create(site.api, "only")
    expect(names(page)).to_have_text(["only"])
    expect(page.get_by_role("navigation", name="Pages of studies")).to_have_count(0)


def test_what_is_typed_stays_while_the_list_changes(site, page):
    create(site.api, "alpha")
    create(site.api, "beta", description="100 % alpha_beta")
    box = page.get_by_role("searchbox", name="Search studies")
    box.press_sequentially("alpha_")
    expect(names(page)).to_have_text(["beta"])
    expect(box).to_have_value("alpha_")
    expect(box).to_be_focused()
    complete(site.api, "beta", 0.5)
    expect(page.locator("tbody tr")).to_contain_text("0.5")
    expect(box).to_be_focused()
    page.get_by_role("link", name="beta", exact=True).click()
    page.go_back()
    expect(box).to_have_value("alpha_")
    expect(names(page)).to_have_text(["beta"])


def test_tags_lead_to_the_studies_that_have_them(site, page):
    create(site.api, "one", tags=["vision", "a & b"])
    create(site.api, "two", tags=["vision"])
    create(site.api, "three")
    tags(page, "one").filter(has_text="vision").click()
    expect(names(page)).to_have_text(["two", "one"])
    tags(page, "one").filter(has_text="a & b").click()
    expect(names(page)).to_have_text(["one"])
    page.reload()
    expect(names(page)).to_have_text(["one"])
    chosen = page.get_by_role("list", name="Chosen tags")
    expect(chosen.get_by_role("listitem")).to_have_text(["vision", "a & b"])
    page.get_by_role("button", name="Show studies without the tag vision too").click()
    expect(names(page)).to_have_text(["one"])
    page.get_by_role("button", name="Show studies without the tag a & b too").click()
    expect(names(page)).to_have_text(["three", "two", "one"])
    page.get_by_role("link", name="two", exact=True).click()
    tags(page, "two").click()
    expect(names(page)).to_have_text(["two", "one"])


def edit(page, name):
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Tags").click()
    return page.get_by_role("dialog", name=f"Tags of {name}")


def test_tags_are_edited_and_nobody_undoes_what_another_did(site, new_page):
    create(site.api, "shared", tags=["draft"])
    first, second = new_page(), new_page()
    mine, yours = edit(first, "shared"), edit(second, "shared")
    mine.get_by_label("New tag").fill("mine")
    mine.get_by_role("button", name="Add").click()
    expect(mine.get_by_role("listitem")).to_have_text(["draft", "mine"])
    mine.get_by_role("button", name="Remove draft").click()
    expect(mine.get_by_role("listitem")).to_have_text(["mine"])
    yours.get_by_label("New tag").fill("yours")
    yours.get_by_label("New tag").press("Enter")
    expect(yours.get_by_role("listitem")).to_have_text(["mine", "yours"])
    assert site.api.get("/studies/shared").json()["definition"]["tags"] == ["mine", "yours"]
    yours.get_by_label("New tag").fill("a\u202eb")
    yours.get_by_role("button", name="Add").click()
    expect(yours).to_contain_text("U+202E")
    yours.get_by_role("button", name="Close").last.click()
    expect(tags(second, "shared")).to_have_text(["mine", "yours"])
    expect(tags(first, "shared")).to_have_text(["mine", "yours"])


def test_whoever_may_only_look_sees_tags_and_changes_none(site, new_page):
    create(site.api, "s", tags=["a"])
    body = {"name": "v", "scope": "viewer", "project": site.project}
    page = new_page(site.api.post("/tokens", json=body).json()["token"])
    expect(tags(page, "s")).to_have_text(["a"])
    expect(page.get_by_role("button", name="Actions for s")).to_have_count(0)
