"""Threads without which a training process is of no use."""

import os
import threading
import traceback
from collections.abc import Callable


def start(name: str, run: Callable[[], None]) -> None:
    """Runs it in a thread. Should it fail, the process ends: nothing would go on, and the supervisor sees a process that died."""

    def guarded() -> None:
        try:
            run()
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    threading.Thread(target=guarded, name=name, daemon=True).start()
