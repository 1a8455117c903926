"""Failures that share a cause: an error, a region of a parameter, or a host."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hpsearch.analysis.advice.advice import MOST_TRIALS, Advice, Code, Severity
from hpsearch.analysis.advice.cause import BY_CHANCE, FEWEST_TRIALS, PURE, Mask, cause, chance_of
from hpsearch.analysis.advice.scale import document
from hpsearch.analysis.table import Table
from hpsearch.trial import ErrorReason, TrialState

LONGEST_MESSAGE = 300
"""Characters of a message that are compared and shown."""

_ADVICE: Mapping[str, str] = {
    ErrorReason.OUT_OF_MEMORY: "Give these trials less to hold (batch_size, the widths), or run the worker with fewer --lanes.",
    ErrorReason.DIVERGED: "Lower the learning rate, or clip the gradient (clip_norm).",
    ErrorReason.KILLED: "Something outside ended the training: look at the host's log for its memory and its limits.",
    ErrorReason.IO: "Look at the disk and the folders that the worker reads and writes.",
    ErrorReason.LOST: "Their workers went silent: look at these hosts and at their connection to the server.",
    ErrorReason.RELEASED: "Their workers were ended again and again: look at what ends them.",
}

_SAID_BY_REASON = frozenset(_ADVICE) - {ErrorReason.IO}
"""Reasons that are one cause whatever the message: what did not fit into memory has a name and a unit of its own each time."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trial failed: the reason and the first words of the error that spent it."""

    reason: str
    message: str


def shared_failures(table: Table, failures: Mapping[int, Failure], hosts: Mapping[int, str]) -> tuple[Advice, ...]:
    """One finding for each error that at least FEWEST_TRIALS failed trials share, with the parameter or host that explains it.

    failures: of each failed trial, by number. hosts: where each trial's last attempt ran, of all trials for which it is known.
    """
    failed = table.are(TrialState.FAILED)
    groups: dict[tuple[str, str], list[int]] = {}
    for number in np.flatnonzero(failed).tolist():
        if number in failures:
            failure = failures[number]
            message = "" if failure.reason in _SAID_BY_REASON else normalised(failure.message)
            groups.setdefault((failure.reason, message), []).append(number)
    return tuple(
        _shared(table, reason, numbers, failures, hosts)
        for (reason, _), numbers in groups.items()
        if len(numbers) >= FEWEST_TRIALS
    )


def _shared(
    table: Table, reason: str, numbers: list[int], failures: Mapping[int, Failure], hosts: Mapping[int, str]
) -> Advice:
    shows = np.zeros(len(table), dtype=np.bool_)
    shows[numbers] = True
    others = table.are(TrialState.COMPLETED, TrialState.PRUNED)
    message = " ".join(failures[numbers[0]].message[:LONGEST_MESSAGE].split())
    detail = f"{len(numbers)} trials failed with {reason}" + (f": {message!r}." if message else ".")
    action = _ADVICE.get(
        reason,
        f"Read the traceback of trial {numbers[0]}, and enqueue the trials again once it is mended.",
    )
    found = cause(table, shows, others)
    host = None if found else _host(hosts, shows, others)
    if found:
        inside = int((found.inside & others).sum())
        detail += f" {int((found.inside & shows).sum())} of them have {found.words}; {inside} of {int(others.sum())} other trials have."
        action = f"{found.action(table.study.space[found.name])} {action}"
    elif host:
        detail += f" {host}"
        action = f"Look at that host, and keep workers away from it until then. {action}"
    return Advice(
        code=Code.SHARED_FAILURE,
        severity=Severity.WARNING,
        title=f"{len(numbers)} trials failed for the same reason",
        detail=detail,
        action=action,
        parameter=found.name if found else None,
        count=len(numbers),
        trials=tuple(numbers[:MOST_TRIALS]),
        space={found.name: dict(document(found.without))} if found and found.without else None,
    )


def _host(hosts: Mapping[int, str], shows: Mask, others: Mask) -> str | None:
    """What to say of the host where most of the failed trials ran and the others did not; judged as a region of a parameter is."""
    bad = Counter(hosts[number] for number in np.flatnonzero(shows).tolist() if number in hosts)
    good = Counter(hosts[number] for number in np.flatnonzero(others).tolist() if number in hosts)
    if not bad or not good:
        return None
    host, hits = bad.most_common(1)[0]
    size = hits + good[host]
    if hits < PURE * max(size, bad.total()):
        return None
    chance = chance_of(hits, size, bad.total(), bad.total() + good.total())
    if chance * len(bad | good) > BY_CHANCE:
        return None
    return f"{hits} of them ran on {host}; {good[host]} of {good.total()} other trials did."


_VARYING = re.compile(
    r"0x[0-9a-f]+"  # addresses
    r"|(?:[a-z]:)?[/\\][^\s'\"(),;:]+"  # paths
    r"|[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?"  # numbers
    r"|[-+]?\b(?:nan|inf(?:inity)?)\b",
    re.IGNORECASE,
)


def normalised(message: str) -> str:
    """A message without what differs from trial to trial: numbers, addresses, paths, and blanks."""
    return " ".join(_VARYING.sub("#", message[:LONGEST_MESSAGE]).lower().split())
