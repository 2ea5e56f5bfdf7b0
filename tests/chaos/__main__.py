"""`make chaos`: break what can be broken, at random, and see whether the promises are kept."""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.chaos import household, report
from tests.chaos.campaign import Campaign, Outcome, run
from tests.chaos.faults import KINDS

_PROVES_NOTHING = 3
_INTERRUPTED = 130
"""As shells have it."""


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="what happens when; by itself it is drawn")
    parser.add_argument("--seconds", type=float, default=600, help="how long slots come")
    names = [one.name for one in KINDS]
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="KIND")
    parser.add_argument("--bound", type=float, default=300, help="seconds until all must be well")
    parser.add_argument("--connections", type=int, default=8, help="of the clients")
    parser.add_argument("--pause", type=float, default=0.05, help="of a client after an answer")
    parser.add_argument("--keep", type=Path, help="a new directory that keeps all logs")
    return parser.parse_args()


def main() -> int:
    """Run a campaign; return 1 if a promise was broken, 3 if the run proves nothing."""
    asked = arguments()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    campaign = Campaign(
        seed=seed,
        seconds=asked.seconds,
        only=tuple(asked.only),
        bound=asked.bound,
        connections=asked.connections,
        pause=asked.pause,
    )
    household.adopt()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _say(f"chaos with seed {campaign.seed} for {campaign.seconds:g} s")
    directory = Path(tempfile.mkdtemp(prefix="disparo-chaos-"))
    directory.chmod(0o755)
    try:
        outcome = run(campaign, directory, _say)
        return _judged(campaign, outcome)
    except KeyboardInterrupt:
        _say("\n".join(["interrupted", *report.repeat(campaign)]))
        return _INTERRUPTED
    except BaseException:
        _say("\n".join(report.repeat(campaign)))
        raise
    finally:
        household.sweep(household.alive())
        if asked.keep is not None:
            with suppress(OSError):
                shutil.copytree(directory, asked.keep, dirs_exist_ok=True)
        shutil.rmtree(directory, ignore_errors=True)


def _judged(campaign: Campaign, outcome: Outcome) -> int:
    left = household.sweep(household.alive())
    for line in report.lines(campaign, outcome):
        _say(line)
    for one in left:
        _say(f"left behind: {one}")
    if outcome.proves_nothing:
        return _PROVES_NOTHING
    return 1 if outcome.violations or left else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
