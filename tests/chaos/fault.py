"""What all faults of a campaign are."""

from tests.chaos.cast import Cast, Player
from tests.chaos.plan import Stroke


class Fault:
    """What strikes one thing."""

    def __init__(self, cast: Cast, stroke: Stroke) -> None:
        self.cast = cast
        self.stroke = stroke

    def begin(self) -> str | None:
        """Strike; return what was struck, in words, or None: there was nothing to strike."""
        raise NotImplementedError

    def heal(self) -> None:
        """Make it well again; what was struck may be gone."""

    @property
    def player(self) -> Player:
        """The replica that is struck."""
        return self.cast.players[self.stroke.thing]

    @property
    def process(self) -> int:
        """The process of the replica that is struck."""
        assert self.player.replica.process is not None
        return self.player.replica.process.pid
