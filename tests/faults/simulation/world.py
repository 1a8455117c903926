"""A world of its own time: threads of product code run one at a time, when the agenda says so, and wait in virtual seconds.

All that happens is drawn from one seed and noted in one log, so that a seed is a history that can be replayed.
"""

import heapq
import threading
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

LOG_LINES = 4_000


class Killed(BaseException):
    """Ends the threads of a process that was killed, wherever they wait."""


class Process:
    """What dies and stalls as a whole. `started` says which of its lives this is."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.is_dead = False
        self.stalled_until = 0.0
        self.fibers: list[Fiber] = []

    def start(self, target: Callable[..., Any], *args: Any) -> None:
        """Runs `target` in a thread of this process."""
        Fiber(self, target, args).wake_at(self.world.now)

    def kill(self) -> None:
        """Ends it at once: nothing that it had not done yet is done. Not to be called by its own threads."""
        self.is_dead = True
        for fiber in list(self.fibers):
            fiber.resume()


class Fiber:
    """A thread that runs only while everybody else waits."""

    def __init__(self, process: Process, target: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.process = process
        self._target = target
        self._args = args
        self._turn = threading.Lock()
        self._turn.acquire()
        self._waits = 0
        process.fibers.append(self)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._turn.acquire()
        world = self.process.world
        try:
            if not self.process.is_dead:
                self._target(*self._args)
        except Killed:
            pass
        except BaseException as error:
            world.errors.append(error)
        self.process.fibers.remove(self)
        world.mine.release()

    @property
    def waits(self) -> int:
        """Names what it waits for now, or will wait for next."""
        return self._waits

    def wake_at(self, moment: float, waits: int | None = None) -> None:
        """Lets it go on then, if it still waits for the same thing."""
        waits = self._waits if waits is None else waits
        self.process.world.at(moment, lambda: self._waits == waits and self.resume(), self.process)

    def resume(self) -> None:
        """Lets it go on until it waits again, or ends."""
        if self not in self.process.fibers:
            return
        self._waits += 1
        world = self.process.world
        world.fiber = self
        self._turn.release()
        world.mine.acquire()
        world.fiber = None

    def wait(self) -> None:
        """Waits to be resumed; for itself to call."""
        if not self.process.is_dead:
            self.process.world.mine.release()
            self._turn.acquire()
        if self.process.is_dead:
            raise Killed


class World:
    """The agenda, the clock, the dice, and the log."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self.troubled_until = 0.0
        """Until when a machine is away for all that happened so far."""
        self.fiber: Fiber | None = None
        self.mine = threading.Lock()
        self.mine.acquire()
        self.errors: list[BaseException] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """Faults by kind and verb."""
        self.lines: list[str] = []
        self._agenda: list[tuple[float, int, Callable[[], Any], Process | None]] = []
        self._numbers = count()
        self._digest = sha256()
        self.threading = SimpleNamespace(
            Event=lambda: Event(self), Condition=lambda: Condition(self), Thread=self._thread, Lock=threading.Lock
        )
        self.time = SimpleNamespace(monotonic=lambda: self.now, time=lambda: self.now, sleep=self.sleep)
        self.uuid = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"{self.random.getrandbits(128):032x}"))

    def _thread(self, target: Callable[..., Any], args: tuple[Any, ...] = (), **_: Any) -> Any:
        return SimpleNamespace(start=lambda: self.running().process.start(target, *args))

    def running(self) -> Fiber:
        """Whose turn it is."""
        assert self.fiber is not None, "only threads of the world wait"
        return self.fiber

    def at(self, moment: float, what: Callable[[], Any], process: Process | None = None) -> None:
        """Puts something on the agenda; of a process, not before it is awake."""
        heapq.heappush(self._agenda, (moment, next(self._numbers), what, process))

    def after(self, seconds: float, what: Callable[[], Any], process: Process | None = None) -> None:
        self.at(self.now + seconds, what, process)

    def step(self) -> None:
        """The next thing on the agenda."""
        moment, _, what, process = heapq.heappop(self._agenda)
        if process is not None and not process.is_dead and process.stalled_until > max(moment, self.now):
            self.at(process.stalled_until, what, process)
            return
        self.now = max(self.now, moment)
        what()
        if self.errors:
            raise self.errors[0]

    def sleep(self, seconds: float) -> None:
        fiber = self.running()
        fiber.wake_at(self.now + seconds)
        fiber.wait()

    def between(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def trouble(self, seconds: float) -> None:
        """A machine is away for so long."""
        self.troubled_until = max(self.troubled_until, self.now + seconds)

    def fault(self, kind: str, verb: str = "") -> None:
        """Counts and notes one."""
        self.counts[kind, verb] += 1
        self.note(f"{kind} {verb}")

    def note(self, text: str) -> None:
        line = f"{self.now:.6f} {text}"
        self._digest.update(line.encode() + b"\n")
        self.lines.append(line)
        del self.lines[:-LOG_LINES]

    @property
    def digest(self) -> str:
        """Of all that was noted."""
        return self._digest.hexdigest()


class _Waitable:
    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[Fiber] = []

    def _wait(self, seconds: float | None) -> None:
        fiber = self._world.running()
        if seconds is not None:
            fiber.wake_at(self._world.now + max(0.0, seconds))
        self._waiting.append(fiber)
        try:
            fiber.wait()
        finally:
            if fiber in self._waiting:
                self._waiting.remove(fiber)

    def _wake(self) -> None:
        for fiber in self._waiting:
            fiber.wake_at(self._world.now)


class Event(_Waitable):
    """As threading.Event."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        self._wake()

    def clear(self) -> None:
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        if not self._is_set:
            self._wait(timeout)
        return self._is_set


class Condition(_Waitable):
    """As threading.Condition, without its lock: whoever runs is alone."""

    def __enter__(self) -> "Condition":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def wait(self, timeout: float | None = None) -> None:
        self._wait(timeout)

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        until = None if timeout is None else self._world.now + timeout
        while not (found := predicate()):
            if until is not None and self._world.now >= until:
                return found
            self._wait(None if until is None else until - self._world.now)
        return found

    def notify_all(self) -> None:
        self._wake()
