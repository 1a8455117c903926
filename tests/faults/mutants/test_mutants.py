"""Seeded bugs: the suites notice each line of protocol code that is broken.

A pass means that with every mutant tried the property test of the service failed, or else the simulation, or else the test of two servers.
8 in CI, drawn by the commit's hash; all with `HPSEARCH_EFFORT=10 pytest -n 2 tests/faults/mutants`.
"""

import subprocess
from random import Random

import pytest
from effort import tries
from faults.mutants.hunt import ROOT, hunt, mutated
from faults.mutants.table import MUTANTS


def _drawn():
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return Random(found.stdout.strip()).sample(MUTANTS, min(tries(8), len(MUTANTS)))


def test_there_are_enough():
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in MUTANTS}) == len(MUTANTS) >= 25
    assert len({mutant.breaks for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_its_line_is_there_once(mutant):
    source = mutated(mutant, (ROOT / mutant.file).read_text())
    compile(source, mutant.file, "exec")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mutant", _drawn(), ids=str)
def test_it_is_caught(mutant, tmp_path, tables):
    verdict = hunt(mutant, tmp_path)
    caught = f"| {mutant.file} | {mutant.breaks} | {verdict.caught_by} | {verdict.seconds:.0f} s |"
    tables.note("mutants: who caught each", caught)
    assert verdict.caught_by, (
        f"nobody notices that {mutant.breaks}: {mutant.file}, {mutant.new!r}\n{verdict.said[-2000:]}"
    )
