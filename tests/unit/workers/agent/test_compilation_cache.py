import os
import subprocess
import sys

import pytest
from patience import SECONDS

from hpsearch_workers.agent import compilation_cache
from hpsearch_workers.agent.compilation_cache import cpu_kind, variables

X86 = "processor\t: 0\nvendor_id\t: V\ncpu family\t: 26\nmodel\t\t: 2\ncpu MHz\t\t: 2000\nflags\t\t: fpu avx2\n\nprocessor\t: 1\nmodel\t: 9\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"


@pytest.fixture
def kind(tmp_path, monkeypatch):
    """The kind of a CPU that Linux describes so; None: not at all."""

    def kind(described):
        file = tmp_path / "cpuinfo"
        monkeypatch.setattr(compilation_cache, "_CPU_INFO", file)
        file.unlink(missing_ok=True)
        if described is not None:
            file.write_text(described)
        return cpu_kind()

    return kind


def test_a_cpu_of_another_kind_has_another_name(kind):
    kinds = [kind(text) for text in (X86, X86.replace("avx2", "avx512f"), X86.replace(": 2\n", ": 3\n"), ARM, None)]
    assert len(set(kinds)) == len(kinds)


def test_the_same_kind_has_the_same_name(kind):
    same = [X86, X86.replace("2000", "3100"), X86.replace("fpu avx2", "avx2 fpu"), X86.replace(": 9", ": 10")]
    assert len({kind(text) for text in same}) == 1
    assert kind(ARM) == kind(ARM.replace("50.00", "60.00"))
    assert "/" not in kind(ARM)


def test_a_second_process_finds_the_programs_of_the_first(tmp_path):
    """However small they are."""
    code = """
import logging, jax
logging.basicConfig(level=logging.DEBUG)
jax.jit(lambda x: x * 2 + 1)(1.0)
"""
    environment = {**os.environ, **variables(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
        ).stderr
        for _ in range(2)
    ]
    assert "Persistent compilation cache hit" not in said[0]
    assert "Persistent compilation cache hit for 'jit__lambda'" in said[1]
    assert list((tmp_path / "programs" / cpu_kind()).iterdir())
