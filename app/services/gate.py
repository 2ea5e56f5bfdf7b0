"""The gate: whether a version answers its model's cases well enough to be promoted."""

from collections.abc import Iterator, Sequence

from app.errors import AppError, GateError
from app.services.case_runs import Versions, run_cases
from app.values.case import StoredCase
from app.values.case_run import CaseResult, CaseRun
from app.values.gate import GateFault, GateReport
from app.values.model import Model, Version

Fault = dict[str, object]
"""`case`, `title` and `reason`."""
TOLD = 100
"""Cases that an error and an event tell of."""


def faults_of(
    models: Versions, version: Version, model: Model, cases: Sequence[StoredCase]
) -> list[Fault]:
    """Return each case that the version fails, with the reason.

    It fails an expected answer, or moves a probability or a value further from the model's live
    version's than its tolerance allows. Raises ModelError if the version does not load.
    """
    return list(_faults(_run(models, version, model.live, cases), model.serving.tolerance))


def report(
    models: Versions, version: Version, model: Model, cases: Sequence[StoredCase]
) -> GateReport:
    """Return what the gate would say of a version now. Raises ModelError as `faults_of` does."""
    run = _run(models, version, model.live, cases) if cases else None
    faults = () if run is None else _faults(run, model.serving.tolerance)
    first = None if run is None else run.versions[0].version
    return GateReport(
        model=model.name,
        version=version.number,
        compared_with=None if first == version.number else first,
        gate=model.serving.gate,
        faults=tuple(GateFault.model_validate(one) for one in faults),
        run=run,
    )


def _run(
    models: Versions, version: Version, live: int | None, cases: Sequence[StoredCase]
) -> CaseRun:
    if live is not None:
        try:
            return run_cases(models, version.model, cases, [live, version.number])
        except AppError:  # a live version that does not load must not bar the one that mends it
            pass
    return run_cases(models, version.model, cases, [version.number])


def _faults(run: CaseRun, tolerance: float) -> Iterator[Fault]:
    for result in run.cases:
        if (reason := _reason(result, tolerance)) is not None:
            yield {"case": result.id, "title": result.title, "reason": reason}


def _reason(result: CaseResult, tolerance: float) -> str | None:
    answer = result.answers[-1]
    if answer.output is None:
        return f"it gives no answer: {answer.error}"
    if answer.agrees is False:
        given = answer.output.get("label", answer.output.get("value"))
        return f"{result.expected!r} is expected, it answers {given!r}"
    if answer.moved is not None and answer.moved > tolerance:
        return f"its answer moves by {answer.moved:.3g} from the live version's"
    return None


def refusal(version: Version, faults: Sequence[Fault]) -> GateError:
    """Return the error that a version does not pass."""
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return GateError(
        f"version {version.number} of {version.model!r} is not promoted: it fails case "
        f"{first['case']} ({first['reason']}){more}; look at `disparo cases run {version.model} "
        f"--version {version.number}`, or promote it all the same with --force (over HTTP "
        "?force=true)",
        version=version.number,
        failed=len(faults),
        cases=list(faults[:TOLD]),
    )
