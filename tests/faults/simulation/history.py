"""One history: a world from one seed, with its faults, until all is quiet; and what must hold then."""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import structlog
from faults.simulation import looper
from faults.simulation.looper import Looper
from faults.simulation.network import Network
from faults.simulation.people import Somebody
from faults.simulation.server import Fragile, Server
from faults.simulation.worker import Worker, virtual
from faults.simulation.world import Process, World
from lab import Clock

from hpsearch.service import suggester
from hpsearch.service.commands import ask
from hpsearch.service.verify import verify
from hpsearch_migrations.migrate import migrate

OPERATIONS = 400
"""Requests that are sent while faults go on."""
MOST_REQUESTS = 2_000
"""Within which all must be final once faults have stopped."""
QUIET_SECONDS = 3_600.0
"""Within which all must be final once faults have stopped; virtual ones."""
WORKERS = 3
STUDIES = ("s", "t")
COMMAND = "PYTHONPATH=tests python -m faults.simulation"


@dataclass
class History:
    """What came of a seed. `wrong` is empty when all held."""

    seed: int
    digest: str
    counts: Counter[tuple[str, str]]
    requests: int
    trials: int
    seconds: float
    """Virtual ones."""
    wrong: list[str]
    lines: list[str]


def database_for_many() -> Fragile:
    """A database that one history after the other may have."""
    database = Fragile("sqlite:///:memory:")
    migrate(database, only_empty=True)
    return database


def run(seed: int, database: Fragile, operations: int = OPERATIONS) -> History:
    """Carries a history out."""
    memory = Path("/dev/shm")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, asyncio.Runner() as runner:
        world = World(seed)
        with virtual(world), looper.virtual(world), _repeatable(world):
            return _Play(world, database, Path(folder), runner).run(seed, operations)


@contextmanager
def _repeatable(world: World) -> Iterator[None]:
    with (
        patch.object(ask, "token_hex", lambda size: f"{world.random.getrandbits(8 * size):0{2 * size}x}"),
        patch.object(suggester, "COMPUTE_SECONDS", 600.0),
    ):
        yield


class _Play:
    def __init__(self, world: World, database: Fragile, folder: Path, runner: asyncio.Runner) -> None:
        self.world = world
        self.database = database
        clock = Clock()
        database._clock = clock
        self.server = Server(world, database, clock, runner)
        for name, study in zip(STUDIES, _studies(world), strict=True):
            assert self.server.lab is not None
            self.server.wait_for(self.server.lab.create(name, **study))
        self.network = Network(world, self.server)
        self.workers: list[Worker | Looper] = [
            Worker(world, f"w{number}", self.network, folder, STUDIES) for number in range(WORKERS)
        ]
        self.workers.append(Looper(world, self.network, folder, STUDIES[0]))
        self.somebody = Somebody(world, self.network, folder, STUDIES)
        self.is_faulty = True
        self.server.on_expired = self._expired

    def run(self, seed: int, operations: int) -> History:
        self.world.after(2.0, self._disaster)
        wrong: list[str] = []
        try:
            while self.network.requests < operations:
                self.world.step()
            self._make_peace()
            wrong += self._settle()
            wrong += self._check()
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            self._close()
        return History(
            seed,
            self.world.digest,
            self.world.counts,
            self.network.requests,
            self.trials,
            self.world.now,
            wrong,
            self.world.lines,
        )

    trials = 0

    def _disaster(self) -> None:
        """What happens to machines, now and then."""
        world = self.world
        if not self.is_faulty:
            return
        world.after(world.between(1.0, 8.0), self._disaster)
        worker = world.random.choice(self.workers)
        match world.random.choice(["stall", "kill", "cut off", "crash", "jump", "nothing"]):
            case "stall":
                world.fault("worker stalled")
                worker.stall(world.between(1.0, 60.0))
            case "kill" if worker.process is not None:
                world.fault("worker killed")
                worker.kill()
            case "cut off":
                self.network.cut_off[worker.name] = world.now + world.between(1.0, 50.0)
            case "crash" if self.server.lab is not None and world.chance(0.4):
                world.fault("server killed")
                self.server.crash(world.between(0.1, 40.0))
            case "jump" if world.chance(0.5):
                world.fault("clock set")
                self.server.jump(world.between(-100.0, 100.0))

    def _expired(self, lease: str) -> None:
        for worker in self.workers:
            if not self.is_faulty and isinstance(worker, Worker) and worker.has_lost(lease):
                self.server.terms.wrong.append(
                    f"{worker.name} let a lease expire, though nothing kept it from renewing"
                )

    def _make_peace(self) -> None:
        self.world.note("faults stop")
        self.world.trouble(0.0)
        for one in (self, self.network, self.server, self.somebody, *self.workers):
            one.is_faulty = False
        self.network.cut_off.clear()
        self.world.after(60.0, lambda: [worker.start() for worker in self.workers])

    def _settle(self) -> list[str]:
        until, most = self.world.now + QUIET_SECONDS, self.network.requests + MOST_REQUESTS
        while not (
            len(self.somebody.finished) == len(STUDIES)
            and all(one.exit_code == 0 and one.process is None for one in self.workers)
        ):
            self.world.step()
            if self.world.now > until or self.network.requests > most:
                left = {worker.name: worker.exit_code for worker in self.workers}
                return [
                    f"I7: not all is final {QUIET_SECONDS:.0f} s, or {MOST_REQUESTS} requests, after faults stopped; the workers' exit codes: {left}"
                ]
        return []

    def _check(self) -> list[str]:
        lab = self.server.lab
        assert lab is not None
        states = [state for name in STUDIES for state in self.server.wait_for(lab.states(name))]
        self.trials = len(states)
        logs = [self.somebody.log, *(worker.log for worker in self.workers)]
        wrong = [str(violation) for violation in verify(self.database, client_logs=logs)]
        wrong += self.server.terms.wrong + self.server.accounts.wrong
        for one in (self.somebody, *self.workers):
            if isinstance(one, Worker) and one.process is None:
                one.check_end()
            wrong += one.promises.wrong
        return wrong + [f"I7: a trial is {state}" for state in states if state in ("queued", "running", "paused")]

    def _close(self) -> None:
        processes: list[Process] = [self.somebody.process]
        for worker in self.workers:
            if worker.process is not None:
                processes.append(worker.process)
            if isinstance(worker, Worker) and worker.spool is not None:
                worker.spool.close()
        for process in processes:
            process.kill()
        self.server.stop()
        self.database.is_gone = False
        assert self.database.empty()


def _studies(world: World) -> list[dict[str, object]]:
    """Two studies of different kinds."""
    attempts = {"errors": 2, "expiries": 3, "releases": 6}
    kinds: list[dict[str, object]] = [
        {"pruner": {"name": "threshold", "upper": 1.0}},
        {"pruner": {"name": "asha", "min_resource": 1, "reduction_factor": 2}},
        {"sampler": {"name": "tpe", "seed": 3}},
        {"pruner": {"name": "median"}},
    ]
    return [{"budget": {"max_trials": 6}, "attempts": attempts, **kind} for kind in world.random.sample(kinds, 2)]


def main(arguments: list[str]) -> int:
    """Replays seeds; exit code 1 when something does not hold."""
    database = database_for_many()
    failed = 0
    for seed in map(int, arguments):
        history = run(seed, database)
        print(f"seed {seed}: {history.requests} requests, {history.trials} trials, digest {history.digest}")
        if history.wrong:
            failed = 1
            print(*history.lines, *history.wrong, sep="\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
