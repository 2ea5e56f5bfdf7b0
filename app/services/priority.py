"""The priority of a dispatch's process: the Showroom goes first on a machine that both share."""

import os


def give_way(nice: int) -> None:
    """Lower this process's priority to `nice` (0 to 19), as nice(1) does; never raise it."""
    os.nice(max(0, nice - os.getpriority(os.PRIO_PROCESS, 0)))
