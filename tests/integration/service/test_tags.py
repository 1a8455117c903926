"""Tags of studies: given at creation, changed later by whoever may, and no part of the search."""

import pytest
from domain import study_of

from hpsearch.errors import LimitReached, StudyExists
from hpsearch.wire.studies import StudyPatch

pytestmark = pytest.mark.anyio


async def tags(lab):
    return list((await lab.study()).definition.tags)


async def history(lab):
    page = await lab.service.study_history("s", 100, None)
    return [(event.cause, event.who, event.seq) for event in page.items]


async def test_tags_are_a_set_in_order(lab):
    assert await tags_of_new(lab, "b", "a") == ["a", "b"]
    await lab.patch(tags={"add": ["c", "a"], "remove": ["b", "none"]})
    assert await tags(lab) == ["a", "c"]
    await lab.patch(description="x")
    assert await tags(lab) == ["a", "c"]


async def tags_of_new(lab, *given):
    return list((await lab.create(tags=list(given))).definition.tags)


async def test_a_change_is_an_event_with_a_seq_and_no_change_is_none(lab):
    await tags_of_new(lab, "a")
    before = await lab.study()
    changed = await lab.patch(tags={"add": ["b"]})
    assert changed.seq == before.seq + 1
    assert (await history(lab))[0] == ("changed", "somebody", changed.seq)
    assert await lab.patch(tags={"add": ["b"], "remove": ["c"]}) == changed
    assert await lab.patch(tags={}) == changed
    assert len(await history(lab)) == 2


async def test_of_two_people_at_once_neither_undoes_what_the_other_did(lab):
    await tags_of_new(lab, "draft")
    first = await lab.patch(tags={"add": ["mine"], "remove": ["draft"]})
    second = await lab.patch(tags={"add": ["yours"], "remove": ["draft"]})
    assert list(first.definition.tags) == ["mine"]
    assert list(second.definition.tags) == ["mine", "yours"]


async def test_there_are_at_most_twenty(lab):
    await tags_of_new(lab, *(f"{number:02}" for number in range(19)))
    before = await lab.study()
    with pytest.raises(LimitReached, match="21 tags of at most 20"):
        await lab.patch(tags={"add": ["x", "y"]}, description="not this either")
    assert await lab.study() == before
    assert len((await lab.patch(tags={"add": ["x", "y"], "remove": ["00"]})).definition.tags) == 20


async def test_they_are_no_part_of_what_is_searched(lab):
    await tags_of_new(lab, "a")
    fields = {"name": "s", "objective": "mine:train", "sampler": {"name": "random", "seed": 1}}
    view, created = await lab.service.create_study(study_of(**fields, tags=["other"]))
    assert (created, view.definition.tags) == (False, ("a",))
    with pytest.raises(StudyExists):
        await lab.service.create_study(study_of(**fields, metric="other"))


async def test_a_patch_names_no_tag_twice():
    with pytest.raises(ValueError, match="must not name what is added: a"):
        StudyPatch.model_validate({"tags": {"add": ["a", "b"], "remove": ["a"]}})
