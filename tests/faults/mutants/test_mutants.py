"""Seeded bugs: the suites notice each line of protocol code that is broken.

A pass means that with every mutant tried the property test of the service failed, or the simulation, or the tests of two servers or of
renewals, first the one that its row names; of mutants of a worker the simulation, which alone runs one. 8 in CI, drawn by the commit's hash;
all, and the code as it is, which must pass, with `HPSEARCH_EFFORT=10 pytest -n 2 tests/faults/mutants`.
"""

import pytest
from commit import some
from effort import EFFORT
from faults.mutants.hunt import ROOT, SUITES, hunt, mutated
from faults.mutants.table import MUTANTS

LARGE = 5
"""Effort from which it is looked at what is not broken, too."""


def test_there_are_enough():
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in MUTANTS}) == len(MUTANTS) >= 25
    assert len({mutant.breaks for mutant in MUTANTS}) == len(MUTANTS)
    assert {mutant.suite for mutant in MUTANTS} == set(SUITES)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_its_line_is_there_once(mutant):
    source = mutated(mutant, (ROOT / mutant.file).read_text())
    compile(source, mutant.file, "exec")


@pytest.mark.skipif(EFFORT < LARGE, reason="takes as long as a mutant that nobody catches")
@pytest.mark.timeout(3600)
def test_what_is_not_broken_passes(tmp_path):
    verdict = hunt(None, tmp_path)
    assert verdict.caught_by is None, verdict.said[-2000:]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mutant", some(MUTANTS, 8), ids=str)
def test_it_is_caught(mutant, tmp_path, tables):
    verdict = hunt(mutant, tmp_path)
    said = verdict.why.replace("|", "\\|")
    row = mutant.file, mutant.breaks, verdict.caught_by, verdict.after, f"{verdict.seconds:.0f}", said
    tables.note(
        "mutants: file, what it breaks, who caught it, after how many, seconds, how", f"| {' | '.join(map(str, row))} |"
    )
    assert verdict.caught_by, (
        f"nobody notices that {mutant.breaks}: {mutant.file}, {mutant.new!r}\n{verdict.said[-2000:]}"
    )
