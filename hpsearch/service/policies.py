"""The samplers of the studies that this process serves."""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from hpsearch import samplers
from hpsearch.samplers import NumberSampler, Point, ViewSampler
from hpsearch.storage import Ledger
from hpsearch.study import StudyAccount, TpeSampler

KEPT = 64
"""Samplers kept in memory; one that was dropped is built again and suggests the same."""


class Policies:
    """Samplers by study, built at their first use. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._built: OrderedDict[int, NumberSampler | ViewSampler] = OrderedDict()

    def sampler(self, study: StudyAccount) -> NumberSampler | ViewSampler:
        """The sampler of a study."""
        with self._lock:
            built = self._built.get(study.id)
        if built is None:  # outside the lock: the first of its kind imports its libraries
            built = samplers.build(study.definition, study.seed)
        with self._lock:
            built = self._built.setdefault(study.id, built)
            self._built.move_to_end(study.id)
            if len(self._built) > KEPT:
                self._built.popitem(last=False)
        return built

    def number_sampler(self, study: StudyAccount) -> NumberSampler | None:
        """The sampler of a study if it may be called inside a transaction; the others are not even imported there."""
        if isinstance(study.definition.sampler, TpeSampler):
            return None
        sampler = self.sampler(study)
        return sampler if isinstance(sampler, NumberSampler) else None

    def view_sampler(self, study: StudyAccount) -> ViewSampler:
        """The sampler of a study that `number_sampler` has none for."""
        sampler = self.sampler(study)
        assert isinstance(sampler, ViewSampler)
        return sampler


def next_points(ledger: Ledger, study: StudyAccount, sampler: NumberSampler, most: int) -> list[Point]:
    """The next `most` points of a locked study, fewer at the end of a grid; moves the grid's cursor over those that are taken."""
    if sampler.size is None:
        return [sampler.point(number) for number in range(study.next_number, study.next_number + most)]
    found: list[Point] = []
    position = study.grid_position
    while len(found) < most and position < sampler.size:
        ahead = [sampler.point(at) for at in range(position, min(position + most - len(found), sampler.size))]
        taken = ledger.taken_grid_points(study.id, [point.index for point in ahead if point.index is not None])
        found += [point for point in ahead if point.index not in taken]
        position += len(ahead)
    ledger.put_study(replace(ledger.study(study.id), grid_position=position))
    return found
