"""A worker ends when the process that started it has gone, however that ended."""

import os
import signal
import threading
from multiprocessing import connection, parent_process


def end_with_parent() -> None:
    """Stop this process, as SIGTERM does, once its parent is gone; one without a parent stays.

    A supervisor that is killed tells its workers nothing: they would keep the port.
    """
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        connection.wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="orphan", daemon=True).start()
