"""Runs of stored cases: what versions answer, beside what was expected and beside each other."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from app.errors import AppError
from app.inference.runtimes.base import Loaded
from app.values.case import StoredCase
from app.values.case_run import (
    CaseAnswer,
    CaseResult,
    CaseRun,
    Output,
    VersionTotal,
    agrees,
    label_changed,
    moved,
)
from app.values.model import Model, Version
from app.values.prediction import Case

Answers = Sequence[Output | AppError]


class Versions(Protocol):
    """What a run needs of the models."""

    def one(self, name: str) -> Model:
        """Return a model. Raises NotFoundError."""
        ...

    def version(self, name: str, number: int | None) -> Version:
        """Return a version; None asks for the live one. Raises NotFoundError."""
        ...

    def load(self, version: Version) -> Loaded:
        """Load a version. Raises ModelError."""
        ...


def run_cases(
    models: Versions,
    name: str,
    cases: Sequence[StoredCase],
    numbers: Sequence[int] = (),
    *,
    tolerance: float | None = None,
) -> CaseRun:
    """Let versions answer cases, by default the live one; the others are compared with the first.

    `tolerance` is for values, by default the model's own. Raises NotFoundError, ModelError.
    """
    model = models.one(name)
    share = model.serving.tolerance if tolerance is None else tolerance
    versions = [models.version(model.name, number) for number in numbers or (None,)]
    inputs = [case.inputs for case in cases]
    columns = {one.number: try_version(models, one, model, inputs) for one in versions}
    results = tuple(_results(cases, columns, share))
    return CaseRun(
        model=model.name,
        tolerance=share,
        cases=results,
        versions=tuple(_total(results, at, number) for at, number in enumerate(columns)),
    )


def try_version(
    models: Versions, version: Version, model: Model, inputs: Sequence[Case]
) -> Answers:
    """Return a version's answer to each case, or why there is none. Raises ModelError."""
    from app.inference.trial import Trial  # it loads scikit-learn, which takes seconds

    unknown = model.serving.unknown_categories
    return Trial(models.load(version), version.signature, unknown).answers(inputs)


def _results(
    cases: Sequence[StoredCase], columns: dict[int, Answers], tolerance: float
) -> Iterator[CaseResult]:
    for at, case in enumerate(cases):
        answers = [_answer(case, number, one[at], tolerance) for number, one in columns.items()]
        first = answers[0]
        yield CaseResult(
            id=case.id,
            title=case.title,
            tags=case.tags,
            expected=case.expected,
            answers=(first, *(compared(first.output, other) for other in answers[1:])),
        )


def _answer(
    case: StoredCase, version: int, found: Output | AppError, tolerance: float
) -> CaseAnswer:
    is_known = case.expected is not None
    if isinstance(found, AppError):
        agreed = False if is_known else None
        return CaseAnswer(version=version, output=None, error=found.detail, agrees=agreed)
    agreed = agrees(found, case.expected, tolerance) if case.expected is not None else None
    return CaseAnswer(version=version, output=found, agrees=agreed)


def compared(before: Output | None, answer: CaseAnswer) -> CaseAnswer:
    """Return an answer with how far it is from the one before."""
    if before is None or answer.output is None:
        return answer
    changes = {
        "moved": moved(before, answer.output),
        "label_changed": label_changed(before, answer.output),
    }
    return answer.model_copy(update=changes)


def _total(results: Sequence[CaseResult], at: int, number: int) -> VersionTotal:
    answers = [result.answers[at] for result in results]
    moves = [one.moved for one in answers if one.moved is not None]
    return VersionTotal(
        version=number,
        agree=sum(one.agrees is True for one in answers),
        disagree=sum(one.agrees is False for one in answers),
        unanswered=sum(one.output is None for one in answers),
        labels_changed=sum(one.label_changed for one in answers),
        moved_most=max(moves, default=None),
    )
