"""What optuna-dashboard's pages read of the same trials: all at once, and then again from the first that was not over."""

from math import inf

import psutil
from serving.server import Server

from viewing.long_search import RUNNING
from viewing.reader import Reader
from viewing.server_side import CHANGE, IMPORTANCE, SNAPSHOT, Found, Line


def measure(server: Server, trials: int, patience: float) -> Found:
    """One request each, in the order in which a page makes them; infinite where there was no answer within so many seconds."""
    process = psutil.Process(server.pid)
    memory = {"start": process.memory_info().rss}
    wanted = {
        SNAPSHOT: "/api/studies/1?after=0",
        CHANGE: f"/api/studies/1?after={trials - RUNNING}",
        IMPORTANCE: "/api/studies/1/param_importances",
    }
    lines = [_line(server, what, path, patience) for what, path in wanted.items()]
    return Found(lines, memory | {"end": process.memory_info().rss})


def _line(server: Server, what: str, path: str, patience: float) -> Line:
    reader = Reader(server, patience)
    try:
        answer = reader.get(path)
    except TimeoutError:
        return Line(what, [inf])
    finally:
        reader.close()
    return Line(what, [answer.seconds], [answer.first], [answer.cpu], answer.size)
