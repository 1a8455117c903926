"""What the checker finds."""

from dataclasses import dataclass
from enum import StrEnum

from hpsearch.identity import DEFAULT_PROJECT


class Invariant(StrEnum):
    """What must hold in every committed state."""

    I1 = "at most one open attempt per trial; attempts are numbered 1, 2, 3 ...; tokens are unique"
    I2 = "every accepted write came from the trial's latest attempt"
    I3 = "only the transitions of the state tables; final means final"
    I4 = "trials are numbered 0..n-1 within the budget; counts, best, failures in a row and results are those of the rows below"
    I5 = "what was acknowledged is stored; what is stored was sent; nothing is stored twice"
    I6 = "no lease expires before its term"
    I7 = "every trial of an active study becomes final: none is stuck"
    I8 = "a trial's parameters lie in the space and are a function of study, seed, number, and the trials that its suggestion saw"
    I9 = "a bad request changes nothing and is answered by a 4xx that names the field; no 5xx"


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an invariant does not hold; `seq` is the one of the study at which it broke, where that is known.

    So is `project`; in words it stands before the study where it is another than the default one.
    """

    invariant: Invariant
    study: str
    message: str
    trial: int | None = None
    attempt: int | None = None
    seq: int | None = None
    project: str | None = None

    def __str__(self) -> str:
        places = [("trial", self.trial), ("attempt", self.attempt), ("seq", self.seq)]
        where = "".join(f", {name} {value}" for name, value in places if value is not None)
        project = "" if self.project in (None, DEFAULT_PROJECT) else f"{self.project}/"
        return f"{self.invariant.name} {project}{self.study}{where}: {self.message}"
