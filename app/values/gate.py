"""What a model's gate finds of a version: the cases that it fails, before it is promoted."""

from typing import Literal

from app.values.base import Name, Value
from app.values.case_run import CaseRun


class GateFault(Value):
    """A case that keeps a version from being promoted."""

    case: int
    title: str
    reason: str


class GateReport(Value):
    """What the gate would say of a version now; nothing of it is recorded."""

    model: Name
    version: int
    compared_with: int | None
    """The live version, if it is another one and loads: answers are held against its own."""
    gate: Literal["cases"] | None
    """None: the model has no gate, and the version would be promoted all the same."""
    faults: tuple[GateFault, ...]
    """Empty: it passes."""
    run: CaseRun | None
    """All that was answered, the version's own answers last; None: the model has no cases."""
