"""What is known of a training process that died: how it ended, and whether the kernel's out-of-memory killer acted meanwhile."""

import signal
from pathlib import Path

from hpsearch.trial import ErrorReason
from hpsearch.wire.failures import printable
from hpsearch.wire.verbs import TellError

_CGROUP_EVENTS = Path("/sys/fs/cgroup/memory.events")
_HOST_EVENTS = Path("/proc/vmstat")


def oom_kills() -> int | None:
    """Processes that the kernel has killed for want of memory so far, in this container or else on this host; None where nothing says."""
    for path in (_CGROUP_EVENTS, _HOST_EVENTS):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        counts = dict(line.split(maxsplit=1) for line in lines if " " in line)
        if "oom_kill" in counts:
            return int(counts["oom_kill"])
    return None


def error_of_death(exit_code: int, oom_before: int | None, oom_after: int | None, output: str) -> TellError:
    """What to tell of a trial whose process ended with `exit_code`, negative for a signal; `output` is the end of what it wrote."""
    if exit_code >= 0:
        last = next((line for line in reversed(output.splitlines()) if line.strip()), "it wrote nothing")
        message = f"the training process ended with exit code {exit_code} during the trial: {last:.1000}"
        return TellError(reason=ErrorReason.EXCEPTION.value, message=printable(message))
    name = _signal_name(-exit_code)
    counted = None if oom_before is None or oom_after is None else oom_after - oom_before
    if exit_code == -signal.SIGKILL and counted:
        message = (
            f"the training process was ended by {name} while the kernel killed {counted} process(es) for want of memory"
        )
        return TellError(reason=ErrorReason.OUT_OF_MEMORY.value, message=message)
    message = f"the training process was ended by {name}"
    if exit_code == -signal.SIGKILL:
        known = (
            "the kernel killed none for want of memory" if counted == 0 else "whether for want of memory is not known"
        )
        message = f"{message}; {known}"
    return TellError(reason=ErrorReason.KILLED.value, message=message)


def _signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
