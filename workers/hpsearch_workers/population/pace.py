"""How many steps a chunk has: about one second's, by what the last ones took."""

CHUNK_SECONDS = 1.0
_FIRST_STEPS = 4
_MOST_GROWTH = 4.0


class Pace:
    """Of one program. Between two chunks the engine obeys decisions, so a chunk is how long one may have to wait."""

    def __init__(self) -> None:
        self._steps = float(_FIRST_STEPS)
        self.is_known = False
        """Whether there was a chunk yet."""

    @property
    def steps(self) -> int:
        """Steps of the next chunk."""
        return max(1, int(self._steps))

    def took(self, steps: int, seconds: float) -> None:
        """Learns from a chunk. One that was cut short by the end of an epoch says little of a much longer one."""
        self.is_known = True
        wanted = steps * CHUNK_SECONDS / max(seconds, 1e-6)
        self._steps = min(wanted, max(self._steps, steps * _MOST_GROWTH))
