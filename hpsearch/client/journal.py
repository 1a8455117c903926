"""The file in which a client notes what it sends and is answered, for `hpsearch verify --client-log`."""

import os
from itertools import count
from pathlib import Path
from secrets import token_hex

from hpsearch.errors import InvalidInput
from hpsearch.wire import journal


class Journal:
    """Appends to a file, each line in one write: threads and processes may share it, and a crash loses none that was written."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the file, for this account alone; raises InvalidInput where it cannot be."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise InvalidInput.at("client_log", f"{path} cannot be written: {error.strerror}") from None
        self._name = token_hex(4)
        self._numbers = count()

    def sent(self, method: str, path: str, body: bytes | None) -> str:
        """Notes a request that is about to be sent; the number under which its answer is noted."""
        number = f"{self._name}-{next(self._numbers)}"
        os.write(self._file, journal.sent(number, method, path, body))
        return number

    def answered(self, number: str, status: int, body: bytes) -> None:
        """Notes the answer."""
        os.write(self._file, journal.answered(number, status, body))

    def failed(self, method: str, path: str, status: int) -> None:
        """Notes a read that the server failed at."""
        os.write(self._file, journal.failed(method, path, status))

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)
