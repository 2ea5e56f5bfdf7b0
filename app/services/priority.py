"""The priority of a dispatch's process: the Showroom goes first on a machine that both share.

Linux shares a processor among sessions first, where its autogroups are on (sched(7), as they are on
Debian), and only then among the processes of one session by their niceness. A process that leads a
session of its own therefore lowers its session too: alone, its niceness would change nothing.
"""

import os
from contextlib import suppress
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}
"""The environment in which threads of numeric libraries sleep while they have nothing to do. By
default they spin, OpenMP's between two batches and OpenBLAS's for 2**26 cycles after their start,
on processors that the Showroom, the database or another stage of the dispatch wait for. It holds
for libraries that are loaded afterwards."""


def give_way(nice: int) -> None:
    """Lower this process's priority to `nice` (0 to 19), as nice(1) does; never raise it.

    One that works in another's session, as a command does in its shell's, leaves that as it is.
    """
    os.nice(max(0, nice - os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # no Linux, or one without autogroups
            _AUTOGROUP.write_text(str(nice))
