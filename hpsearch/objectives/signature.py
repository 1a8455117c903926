"""What shapes a compiled program."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Signature:
    """Trials of equal signature train in the same program; whatever is not here is traced.

    `widths` and `filters` are buckets: of each layer the least that holds its units or filters, whose true number is traced.
    `data` is the canonical JSON of the data settings, from which the shapes of the data follow. `batch_norm` is `before` or `after`
    the activation, None without it. `options` are optional parts by the setting that asks for them: dropout, clip_norm ...
    """

    objective: str
    data: str
    batch_size: int
    loss: str
    optimizer: str
    nesterov: bool
    widths: tuple[int, ...]
    activation: str | None
    batch_norm: str | None
    options: frozenset[str]
    filters: tuple[int, ...] = ()
    kernel_size: int = 0
    pool_size: int = 0
    repeats: int = 1
    folds: int | None = None

    @property
    def digest(self) -> str:
        """A short name of it, equal in every process."""
        fields = [getattr(self, name) for name in self.__slots__ if name != "options"]
        return sha256(repr([*fields, sorted(self.options)]).encode()).hexdigest()[:12]
