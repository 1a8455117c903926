"""Answers that are computed once for each state of a study."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

Answer = TypeVar("Answer")
MOST = 256
"""Answers that are kept."""


class Kept:
    """The answers that were asked for last, each with the `seq` that it is of. Any thread may use it."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, seq: int, compute: Callable[[], Answer]) -> Answer:
        """The answer of this key at this `seq`; two that ask at once may both compute it."""
        with self._lock:
            kept = self._answers.get(key)
            if kept is not None:
                self._answers.move_to_end(key)
        if kept is not None and kept[0] == seq:
            return cast("Answer", kept[1])
        answer = compute()
        with self._lock:
            self._answers[key] = seq, answer
            self._answers.move_to_end(key)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return answer
