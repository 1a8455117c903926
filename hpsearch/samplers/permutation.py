"""A pseudo-random order of 0..size-1, computed one place at a time and never listed."""

from hashlib import shake_256

ROUNDS = 6
"""Four rounds of a good round function are indistinguishable from a random permutation (Luby and Rackoff 1988); two in reserve."""


class Permutation:
    """A bijection of range(size) drawn by a seed: a Feistel network over the next even number of bits, with cycle walking.

    The network permutes a power of four below 4 * size, or 4; places beyond `size` are sent through again until they come
    out inside (Black and Rogaway 2002), four rounds on average at worst.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._half_bits = max((max(size - 1, 1).bit_length() + 1) // 2, 1)

    def __getitem__(self, place: int) -> int:
        """The number at this place; raises IndexError outside 0 <= place < size."""
        if not 0 <= place < self._size:
            raise IndexError(f"there are {self._size} places, there is no {place}")
        place = self._network(place)
        while place >= self._size:
            place = self._network(place)
        return place

    def _network(self, number: int) -> int:
        mask = (1 << self._half_bits) - 1
        left, right = number >> self._half_bits, number & mask
        for step in range(ROUNDS):
            left, right = right, left ^ (self._scramble(step, right) & mask)
        return left << self._half_bits | right

    def _scramble(self, step: int, half: int) -> int:
        length = (self._half_bits + 7) // 8
        said = f"{self._seed}/{self._size}/{step}/{half}".encode()
        return int.from_bytes(shake_256(said).digest(length), "big")
