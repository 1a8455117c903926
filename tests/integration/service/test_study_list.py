"""The list of studies: searched, filtered, sorted, page by page, the same on each database."""

import base64
import json

import pytest

from hpsearch.errors import InvalidInput
from hpsearch.identity import Identity, Scope
from hpsearch.service.reading import STUDY_SORTS
from hpsearch.storage.tables import studies
from hpsearch.study import StudyState

pytestmark = pytest.mark.anyio


async def names(lab, **wanted):
    return [study.name for study in (await lab.service.list_studies(100, None, **wanted)).items]


async def pages(lab, limit, **wanted):
    """The names page by page."""
    found, cursor = [], None
    while True:
        page = await lab.service.list_studies(limit, cursor, **wanted)
        found.append([study.name for study in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_there_may_be_none_and_one(lab):
    page = await lab.service.list_studies(10, None)
    assert (page.items, page.next_cursor) == ([], None)
    assert page.counts.model_dump() == {"active": 0, "paused": 0, "finished": 0}
    await lab.create("one")
    assert await pages(lab, 1) == [["one"]]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["a", "B-50", "c_d"]),
        ("b-5", ["B-50"]),
        ("C_D", ["c_d"]),
        ("_", ["c_d", "B-50"]),
        ("50%", ["a"]),
        ("%", ["a"]),
        ("/", ["a"]),
        ("\\", ["c_d"]),
        ("'", ["c_d"]),
        ("GRÖSSE", ["a"]),
        ("größe", ["a"]),
        ("two words", ["B-50"]),
        ("WORDS VISION", []),
        ("vision", ["B-50"]),
        ("é", ["B-50"]),
        ("nothing like it", []),
    ],
)
async def test_search_is_for_a_text_as_it_stands_but_for_case(lab, search, found):
    await lab.create("a", description="Größe 50% / more")
    await lab.create("B-50", description="two words", tags=["VISION", "É", "x_y"])
    await lab.create("c_d", description="it's a back\\slash")
    assert sorted(await names(lab, search=search)) == sorted(found)


async def test_what_was_changed_is_found_by_what_it_is_now(lab):
    await lab.create(description="before", tags=["old"])
    await lab.patch(description="after", tags={"add": ["new"], "remove": ["old"]})
    assert [await names(lab, search=text) for text in ("before", "old", "after", "new")] == [[], [], ["s"], ["s"]]


async def test_all_tags_must_be_there_and_each_whole(lab):
    await lab.create("one", tags=["a", 'q"uote'])
    await lab.create("two", tags=["a", "b", "ab"])
    assert await names(lab, tags=["a"]) == ["one", "two"]
    assert await names(lab, tags=["a", "b"]) == ["two"]
    assert await names(lab, tags=['q"uote']) == ["one"]
    for none in (["A"], ["a", "c"], ["%"], [""], ["uote"]):
        assert await names(lab, tags=none) == []


async def test_counts_are_of_all_states_that_match_the_rest(lab):
    for name, state in (("a1", "active"), ("a2", "paused"), ("a3", "finished"), ("a4", "finished"), ("b", "finished")):
        await lab.create(name)
        if state != "active":
            await lab.patch(name, state=state)
    page = await lab.service.list_studies(1, None, search="a", states=[StudyState.FINISHED, StudyState.PAUSED])
    assert [study.name for study in page.items] == ["a2"]
    assert page.counts.model_dump() == {"active": 1, "paused": 1, "finished": 2}
    assert await names(lab, states=[StudyState.FINISHED]) == ["a3", "a4", "b"]


async def some(lab):
    """Studies whose orders differ, with ties, and two without a best value."""
    for name, values in (("b", [0.5, 0.25]), ("C", []), ("a", [1e300]), ("D", [0.25]), ("e", []), ("f", [-3.0])):
        await lab.create(name)
        lab.clock.forward(1)
        for value in values:
            [lease] = await lab.ask(1, studies=[name])
            await lab.complete(lease, value)
    await lab.patch("b", description="changed last")
    await lab.patch("C", state="paused")


ORDERS = {
    "name": "a b C D e f",
    "state": "b a D e f C",
    "created_at": "b C a D e f",
    "best_value": "f b D a C e",
    "-best_value": "a D b f e C",
    "trials": "C e a D f b",
    "done": "C e a D f b",
}


@pytest.mark.parametrize(("sort", "order"), ORDERS.items())
async def test_orders(lab, sort, order):
    await some(lab)
    assert await names(lab, sort=sort) == order.split()


async def test_the_last_change_is_an_order(lab):
    await some(lab)
    lab.clock.forward(1)
    await lab.patch("a", description="changed last")
    assert (await names(lab, sort="-updated_at"))[0] == "a"
    assert (await names(lab, sort="updated_at"))[-1] == "a"


@pytest.mark.parametrize("sort", [sign + name for name in STUDY_SORTS for sign in ("", "-")])
async def test_pages_of_each_order_have_each_study_once(lab, sort):
    await some(lab)
    whole = await names(lab, sort=sort)
    assert sorted(whole) == ["C", "D", "a", "b", "e", "f"]
    for limit in (1, 2, 5, 6):
        found = await pages(lab, limit, sort=sort)
        assert [name for page in found for name in page] == whole
        assert all(len(page) == limit for page in found[:-1])


async def test_a_page_goes_on_where_the_last_ended_whatever_came_before_it(lab):
    for name in ("b", "d", "f"):
        await lab.create(name)
    first = await lab.service.list_studies(2, None, sort="name")
    await lab.create("a")
    await lab.create("e")
    await lab.service.delete_study("d")
    second = await lab.service.list_studies(2, first.next_cursor, sort="name")
    assert [study.name for study in second.items] == ["e", "f"]


async def test_other_projects_are_not_there(lab):
    await lab.create(tags=["t"])
    other = Identity("x", Scope.ADMIN, project="other")
    page = await lab.service.list_studies(10, None, other, search="s", tags=["t"])
    assert (page.items, page.counts.active) == ([], 0)


def cursor(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "given"),
    [
        ("name", "x"),
        ("name", cursor([])),
        ("name", cursor(3)),
        ("name", cursor(["-name", "a", 1])),
        ("name", cursor(["name", 1, 1])),
        ("name", cursor(["name", "a\x00", 1])),
        ("name", cursor(["name", None, 1])),
        ("name", cursor(["name", "a", True])),
        ("name", cursor(["name", "a", 2**63])),
        ("trials", cursor(["trials", 0.5, 1])),
        ("trials", cursor(["trials", 2**63, 1])),
        ("best_value", cursor(["best_value", float("nan"), 1])),
        ("best_value", cursor(["best_value", "0.5", 1])),
    ],
)
async def test_a_cursor_is_that_of_a_page_before_in_the_same_order(lab, sort, given):
    with pytest.raises(InvalidInput) as raised:
        await lab.service.list_studies(2, given, sort=sort)
    assert [error.field for error in raised.value.fields] == ["cursor"]


async def test_five_thousand(lab):
    await lab.create("s", tags=["t"])
    with lab.database.write() as connection:
        row = connection.execute(studies.select()).mappings().one()
        named = {f"s-{n:04}": row["id"] + 1_000_000 + n for n in range(4999)}  # ids that nobody gets
        more = [
            dict(row) | {"id": key, "name": name, "search_text": name, "definition": row["definition"] | {"name": name}}
            for name, key in named.items()
        ]
        connection.execute(studies.insert(), more)
    found = await pages(lab, 1000, sort="-name")
    assert [len(page) for page in found] == [1000] * 5
    assert (found[0][0], found[-1][-1]) == ("s-4998", "s")
    assert await names(lab, search="S-012") == [f"s-012{n}" for n in range(10)]
    with lab.database.write() as connection:  # they were made up: nobody need check them
        connection.execute(studies.delete().where(studies.c.id > row["id"]))
