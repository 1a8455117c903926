"""How many lanes a program has: what was told, or what a probe found to be fastest on this device."""

import json
import math
import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import jax
import structlog

from hpsearch.settings import LANE_COUNTS
from hpsearch_workers.population.lane import Lane, Samples, Trainer
from hpsearch_workers.population.network import Tree
from hpsearch_workers.population.program import program

log = structlog.get_logger("hpsearch.engine")

FEW_TRIALS = 32
"""Studies of fewer trials are not worth a probe."""
_DEFAULT = {"cpu": 4}
_DEFAULT_ELSEWHERE = 16
_BUSY_CPU = 1e8
"""Floating-point operations of a step that keep a CPU busy: lanes beside it would only take its caches (benchmarks/training.py)."""
_CLEARLY = 1.1
"""By how much more lanes have to be faster than fewer, which start sooner and run empty for less time at the end of a study."""
_WORSE = 0.9
"""Where lanes are slower than the fastest by more than this, still more are not tried."""
_GENERATIONS = 8
"""How often a study fills its lanes at least: at its end they run empty."""
_PROBE_SECONDS = 0.5
_MOST_CHUNKS = 20


def lower(lanes: int) -> int:
    """The next lower count."""
    return max((count for count in LANE_COUNTS if count < lanes), default=1)


class LaneCounts:
    """Chooses for each program; what probes found is kept in `file`, by kind of device and family of programs."""

    def __init__(self, file: Path, fixed: int | None = None, clock: Callable[[], float] = time.perf_counter) -> None:
        self._file = file
        self._fixed = fixed
        self._clock = clock

    def __call__(self, trainer: Trainer, hyper: Tree, data: Samples, max_trials: int | None) -> int:
        """For a study of so many trials, None where they have no limit."""
        if self._fixed is not None:
            return self._fixed
        if max_trials is not None and max_trials < FEW_TRIALS:
            enough = min(count for count in LANE_COUNTS if count >= max_trials)
            if jax.default_backend() == "cpu" and _operations(trainer, hyper, data) > _BUSY_CPU:
                return 1
            return min(enough, _DEFAULT.get(jax.default_backend(), _DEFAULT_ELSEWHERE))
        family = _family(trainer, hyper, data)
        known = self._read()
        if family not in known:
            known = self._read() | {family: self._probe(trainer, hyper, data)}
            self._write(known)
        most = LANE_COUNTS[-1] if max_trials is None else max(max_trials // _GENERATIONS, 4)
        return min(known[family], max(count for count in LANE_COUNTS if count <= most))

    def _probe(self, trainer: Trainer, hyper: Tree, data: Samples) -> int:
        """The least number of lanes that trains about as many epochs a second as any, on scratch lanes with no trial in them."""
        best, best_rate = 1, 0.0
        for lanes in LANE_COUNTS:
            try:
                rate = self._rate(trainer, lanes, hyper, data)
            except jax.errors.JaxRuntimeError as error:
                if "RESOURCE_EXHAUSTED" not in str(error):
                    raise
                break
            log.info("probed", lanes=lanes, epochs_per_second=round(rate, 1))
            if rate < best_rate * _WORSE:
                break
            if rate > best_rate * _CLEARLY:
                best, best_rate = lanes, rate
        return best

    def _rate(self, trainer: Trainer, lanes: int, hyper: Tree, data: Samples) -> float:
        """Epochs a second with their validation, over all lanes."""
        trial = program(trainer, lanes, hyper, data)
        scratch = [trial.empty()]
        places = list(range(trial.group))

        def advance(steps: int) -> None:
            scratch[0] = trial.advance(scratch[0], data, steps)

        def end() -> None:
            scratch[0] = trial.end(scratch[0], data, places)[0]

        advance(1)
        end()
        steps, spent, step = 1, 0.0, math.inf
        for _ in range(_MOST_CHUNKS):
            steps = min(steps * 4, trainer.steps)
            seconds = self._seconds(lambda: advance(steps), scratch)  # noqa: B023  # called at once
            step, spent = min(step, seconds / steps), spent + seconds
            if spent >= _PROBE_SECONDS:
                break
        validation = min(self._seconds(end, scratch) for _ in range(2))
        return lanes / (step * trainer.steps + validation * (lanes // trial.group))

    def _seconds(self, act: Callable[[], None], scratch: list[Lane]) -> float:
        """How long it takes; at best, as what else the machine does only slows it."""
        scratch[0].state.place.block_until_ready()
        begin = self._clock()
        act()
        scratch[0].state.place.block_until_ready()
        return max(self._clock() - begin, 1e-9)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        valid = isinstance(found, dict)
        return {name: lanes for name, lanes in found.items() if lanes in LANE_COUNTS} if valid else {}

    def _write(self, known: dict[str, int]) -> None:
        partial = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:
            log.warning("what the probe found is not kept", why=str(error))


def _operations(trainer: Trainer, hyper: Tree, data: Samples) -> float:
    """Floating-point operations of a step of one lane, as XLA counts them before it compiles."""
    lane = program(trainer, 1, hyper, data).lane
    counted = jax.jit(trainer.step).lower(lane.hyper, lane.state, data).cost_analysis()
    return float(counted.get("flops", 0.0)) if counted else 0.0


def _family(trainer: Trainer, hyper: Tree, data: Samples) -> str:
    """Programs of one family are about equally fast: the same kind of network, of a size within a factor of 4, on the same device."""
    one = program(trainer, 1, hyper, data).lane
    weights = jax.tree.leaves(one.state.replicas.weights)
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in weights)
    ranks = tuple(sorted({leaf.ndim for leaf in weights}))  # kernels of convolutions have more than matrices
    device = jax.devices()[0]
    kind = (
        type(trainer.network).__qualname__,
        ranks,
        trainer.batch,
        trainer.replicas,
        round(math.log(max(size, 1), 4)),
    )
    cores = os.cpu_count() if device.platform == "cpu" else 0
    return sha256(repr((kind, device.device_kind, cores, jax.__version__)).encode()).hexdigest()[:16]
