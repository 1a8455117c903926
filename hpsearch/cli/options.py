"""Options and arguments that several commands share, and the client they lead to."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hpsearch.client import Client


def _lane_count(lanes: int | None) -> int | None:
    if lanes is not None:
        from hpsearch.settings import load

        load(lanes=lanes)
    return lanes


Server = Annotated[str | None, typer.Option("--server", metavar="URL", help="Address of the server. [HPSEARCH_SERVER]")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Limit = Annotated[int, typer.Option("--limit", help="Show at most so many.", min=1)]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="Name of the study.")]
TrialNumber = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the trial, from 0.", min=0)]
Concurrency = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Training processes; each trains as many trials at the same time as it has lanes.", min=1
    ),
]
Lanes = Annotated[
    int | None,
    typer.Option(
        metavar="1|4|16|64|256",
        help="Lanes: trials that train in one program, where they can. Without it the worker finds out what is fastest. [HPSEARCH_LANES]",
        callback=_lane_count,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST/NAME. [HPSEARCH_DATABASE_URL]"
    ),
]

RETRY_SECONDS = 3.0
"""How long a person waits for a server that does not answer."""


def connect(server: str | None, retry_seconds: float = RETRY_SECONDS) -> "Client":
    """A client of the server that the options, the environment or the configuration file name.

    retry_seconds: how long it tries a server that does not answer. What it tries is not logged; the last error says it all.
    """
    from stamina.instrumentation import set_on_retry_hooks

    from hpsearch.client import Client

    set_on_retry_hooks([])
    return Client(server, retry_seconds=retry_seconds)
