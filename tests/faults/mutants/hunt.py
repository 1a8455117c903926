"""Applies a mutant in a copy of the packages, and runs the suites there until one fails."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from faults.mutants.table import Mutant

ROOT = Path(__file__).parents[3]
PACKAGES = ("hpsearch", "api", "workers", "migrations")
COPIED = (*PACKAGES, "tests", "pyproject.toml")
SUITES = {
    "property": ("0.7", "tests/integration/service/test_machine.py", "-k", "memory"),
    "simulation": ("0.4", "tests/faults/simulation", "-k", "accounts"),
    "replicas": ("1", "tests/integration/service/test_replicas.py", "-k", "renewed"),
    "renewals": ("1", "tests/integration/service/test_renewals.py", "-k", "memory"),
}
"""Effort, and what pytest runs, in the order in which they run after the one that notices the mutant soonest."""
_PLUGINS = ("anyio", "timeout", "hypothesispytest", "faults.mutants.at_the_first_failure")
_PYTEST = ("-x", "-q", *(part for name in _PLUGINS for part in ("-p", name)), "--hypothesis-seed=1")


@dataclass(frozen=True)
class Verdict:
    """Which suite failed first, if any, and after how many seconds; `said` is the last suite's output."""

    caught_by: str | None
    seconds: float
    said: str

    @property
    def after(self) -> str:
        """How much the suite tried until it failed."""
        examples = [f"{number} examples" for number in re.findall(r"\| examples \| (\d+)", self.said)]
        found = examples or re.findall(r"\d+ histories", self.said)
        return found[-1] if found else ""

    @property
    def why(self) -> str:
        """What failed, in a line."""
        found = [line[1:].strip() for line in self.said.splitlines() if re.match(r"E +\S", line)]
        named = [line for line in found if re.match(r"\w*(Error|Exception|Refused|Violation)\b", line)]
        return (named or found or [""])[0][:200]


def mutated(mutant: Mutant, source: str) -> str:
    """The source with the mutant's line."""
    assert source.count(mutant.old) == 1, f"{mutant.file}: {source.count(mutant.old)} times {mutant.old!r}"
    return source.replace(mutant.old, mutant.new)


def hunt(mutant: Mutant | None, folder: Path) -> Verdict:
    """Whether a suite notices the mutant, in a copy below an empty folder. Without a mutant none may."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            # What Python has compiled comes along; what it is just writing does not.
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy(ROOT / name, folder / name)
    if mutant is not None:
        path = folder / mutant.file
        path.write_text(mutated(mutant, path.read_text()))
        Path(cache_from_source(path)).unlink(missing_ok=True)
    began = time.monotonic()
    said = ""
    for suite, arguments in _suites(mutant):
        failed, said = _fails(folder, *arguments)
        if failed:
            return Verdict(suite, time.monotonic() - began, said)
    return Verdict(None, time.monotonic() - began, said)


def _suites(mutant: Mutant | None) -> list[tuple[str, tuple[str, ...]]]:
    """The property test calls the service alone: it cannot notice what is wrong in a worker."""
    if mutant is None:
        return list(SUITES.items())
    if mutant.file.startswith("workers/"):
        return [("simulation", SUITES["simulation"])]
    return sorted(SUITES.items(), key=lambda suite: suite[0] != mutant.suite)


def _fails(folder: Path, effort: str, *arguments: str) -> tuple[bool, str]:
    paths = [folder / "tests", folder, *(folder / name for name in PACKAGES[1:])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HPSEARCH_", "PYTEST_"))}
    environment |= {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HPSEARCH_EFFORT": effort,
        "MUTANT_FOLDER": str(folder),
        "TMPDIR": str(folder),
    }
    command = [sys.executable, "-P", "-m", "pytest", *_PYTEST, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode in (0, 1), f"pytest ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.returncode == 1, done.stdout
