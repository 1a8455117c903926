"""Whether a server may listen where others reach it."""

import socket
from ipaddress import ip_address

from hpsearch.errors import InvalidInput
from hpsearch.settings import Settings
from hpsearch.storage import Database
from hpsearch.storage.tokens import any_token


def check(database: Database, settings: Settings) -> None:
    """Raises InvalidInput where others could reach a server for which nobody has chosen a token, on purpose, yet.

    Beyond loopback the first token is not drawn and left in a file of this account, where its operator may never look.
    """
    if settings.admin_token is not None or settings.admin_token_file is not None or _is_loopback(settings.host):
        return
    with database.read() as connection:
        if any_token(connection):
            return
    raise InvalidInput.at(
        "host",
        f"others can reach {settings.host}, and this database has no token yet: set HPSEARCH_ADMIN_TOKEN or "
        "HPSEARCH_ADMIN_TOKEN_FILE, or listen on 127.0.0.1",
    )


def _is_loopback(host: str) -> bool:
    """Whether every address of `host` is one of loopback."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
