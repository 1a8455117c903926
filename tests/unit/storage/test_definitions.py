from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from domain import study_of

from hpsearch.storage import definitions
from hpsearch.storage.definitions import Definitions
from hpsearch.storage.types import dumps


def row(number):
    """A row of `studies`, of which the same number of characters is kept whatever the number."""
    document = study_of(settings={"number": f"{number:04}"}).model_dump(mode="json")
    return SimpleNamespace(id=number, definition=document)


@pytest.fixture
def room_for_two(monkeypatch):
    monkeypatch.setattr(definitions, "CHARACTERS", 2 * len(dumps(row(0).definition)))


def test_a_definition_is_validated_once():
    kept = Definitions()
    first = kept.of(row(1))
    assert first.settings == {"number": "0001"}
    assert kept.of(row(1)) is first


def test_those_that_came_first_make_room(room_for_two):
    kept = Definitions()
    first, second, third = (kept.of(row(number)) for number in (1, 2, 3))
    assert kept.of(row(2)) is second
    assert kept.of(row(3)) is third
    assert kept.of(row(1)) is not first
    assert kept.of(row(3)) is third
    assert kept.of(row(2)) is not second


def test_one_that_is_too_large_is_read_all_the_same(monkeypatch):
    monkeypatch.setattr(definitions, "CHARACTERS", 10)
    kept = Definitions()
    for number in (1, 1, 2):
        assert kept.of(row(number)).settings == {"number": f"{number:04}"}


def test_many_threads_share_them(room_for_two):
    kept = Definitions()
    numbers = [number % 5 for number in range(2_000)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: kept.of(row(number)).settings["number"], numbers))
    assert found == [f"{number:04}" for number in numbers]
    assert len({id(kept.of(row(4))) for _ in range(3)}) == 1
