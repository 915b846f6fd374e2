"""Ends this process when the Node process that started it has ended for any reason."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.2


def exit_with_parent(clean_up: Callable[[], object] = lambda: None) -> None:
    # An orphan gets another parent. Windows keeps the old number, but there the closed channel ends the worker.
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        clean_up()
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
