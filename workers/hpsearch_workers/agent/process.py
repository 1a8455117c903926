"""A training process: its pipes, what it says, and its end."""

import os
import selectors
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

import structlog
from pydantic import ValidationError

from hpsearch_workers.agent.channel import EVENT, Decide, Event, Run
from hpsearch_workers.agent.output import Output

log = structlog.get_logger("hpsearch.worker")

END_SECONDS = 2.0
"""How long a process may take to end after it has closed its pipe or was told to."""
_CHUNK = 1 << 16


class TrainingProcess:
    """Started in a session of its own: Ctrl-C in the terminal does not reach it, and it ends with all that it started.

    `send`, `end` and `kill` may be called from any thread; the rest belongs to the one that watches it.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], output: Output) -> None:
        """Starts it; raises OSError where that fails."""
        self._output = output
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()
        commands, self._commands = os.pipe()
        self._events, events = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*command, "--commands-fd", str(commands), "--events-fd", str(events)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(commands, events),
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
            os.close(self._commands)
            os.close(self._events)
            raise
        finally:
            os.close(commands)
            os.close(events)
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self._printed = self._process.stdout.fileno()
        os.set_blocking(self._printed, False)
        os.set_blocking(self._events, False)
        self._exit = _exit_of(self.pid)
        Thread(target=self._write, name=f"commands-{self.pid}", daemon=True).start()

    def send(self, command: Run | Decide) -> None:
        """Tells it something as soon as it listens; nothing happens when it is dead, which `events` notices."""
        self._outgoing.put(command.line())

    def end(self) -> None:
        """Closes the pipe of commands after what was sent, which tells the process to end."""
        self._outgoing.put(None)

    def kill(self) -> None:
        """Ends it at once, with all that it started."""
        if self._process.poll() is None:
            self._kill_group()

    def events(self) -> Iterator[Event]:
        """What it says until it ends. What it printed before an event has reached `output` when the event comes."""
        rest = b""
        with selectors.DefaultSelector() as selector:
            for source in (self._events, self._printed, *self._exit):
                selector.register(source, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                chunk = _read(self._events)
                if not self._drain() and self._printed in ready:
                    selector.unregister(self._printed)
                *lines, rest = (rest + (chunk or b"")).split(b"\n")
                for line in lines:
                    yield from _parse(line)
                if chunk == b"" or (chunk is None and ready.intersection(self._exit)):
                    return

    def wait(self) -> int:
        """Waits for its end, or brings it about, and clears up; its exit code, negative for a signal."""
        try:
            exit_code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill_group()
            exit_code = self._process.wait()
        self._kill_group()  # what it left behind
        self._drain()
        self.end()
        for descriptor in (self._events, *self._exit):
            os.close(descriptor)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return exit_code

    def _write(self) -> None:
        """In a thread of its own: a process that does not listen must not keep the worker waiting."""
        with os.fdopen(self._commands, "wb", buffering=0) as commands, suppress(BrokenPipeError):
            while (sent := self._outgoing.get()) is not None:
                line = memoryview(sent)
                while line:
                    line = line[commands.write(line) :]

    def _drain(self) -> bool:
        """Takes what is printed so far; False at the end of the stream."""
        while chunk := _read(self._printed):
            self._output.write(chunk)
        return chunk is None

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _exit_of(pid: int) -> tuple[int, ...]:
    """A descriptor that tells the end of a process, where the system has one.

    The end of the pipe of events does not: a process that the user's code forked holds that pipe open too.
    """
    try:
        return (os.pidfd_open(pid),)
    except (AttributeError, OSError):
        return ()


def _read(descriptor: int) -> bytes | None:
    """What there is to read; empty at the end of the stream, None while there is nothing."""
    try:
        return os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return None


def _parse(line: bytes) -> Iterator[Event]:
    try:
        yield EVENT.validate_json(line)
    except ValidationError as error:
        log.error("the training process said something that is no event", error=str(error))
