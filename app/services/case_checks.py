"""Whether cases fit their model: inputs by its signature, expected answers by its outputs."""

from collections.abc import Callable, Iterator, Sequence

from app.errors import InvalidCasesError
from app.inference.decoding import Decoder, Fault
from app.services.expected import as_expected
from app.values.case import NewCase
from app.values.model import Version
from app.values.serving import Serving

Named = tuple[str, int]
"""What a case is called by who gave it, e.g. ("line", 7)."""
Place = Callable[[int], Named]
"""Names the case number n of a list."""


def number_in_list(at: int) -> tuple[str, int]:
    """Count cases from 0, as JSON's lists are counted."""
    return "case", at


class CaseChecker:
    """Checks cases against a version, the live one of their model."""

    def __init__(self, version: Version, serving: Serving, *, most_faults: int) -> None:
        self.version = version
        self.serving = serving
        self._most = most_faults
        self._decoder = Decoder(
            version.signature, serving.unknown_categories, most_faults=most_faults
        )

    def checked(
        self,
        news: Sequence[NewCase],
        *,
        place: Place = number_in_list,
        is_text: bool = False,
        known: Sequence[Fault] = (),
    ) -> list[NewCase]:
        """Return the cases, their expected answers typed as the model's; `is_text`: from a file.

        `known` is wrong with them already: what is told of a case, or one of its fields, is not
        told twice. Raises InvalidCasesError, which names every fault up to a bound.
        """
        found, faults = [], _besides(known, self._decoder.faults([new.inputs for new in news]))
        for number, new in enumerate(news):
            try:
                found.append(self._checked(new, is_text=is_text))
            except ValueError as error:
                faults.append(Fault(case=number, field="expected", reason=str(error)))
        if faults:
            raise refusal(faults, place, self._most)
        return found

    def _checked(self, new: NewCase, *, is_text: bool) -> NewCase:
        expected, outputs = new.expected, self.version.signature.outputs
        if expected is not None:
            expected = as_expected(expected, outputs, is_text=is_text)
        inputs = {name: value for name, value in new.inputs.items() if value is not None}
        return new.model_copy(
            update={"inputs": inputs, "expected": expected, "model": self.version.model}
        )


def _besides(known: Sequence[Fault], others: Sequence[Fault]) -> list[Fault]:
    told = {(one.case, one.field) for one in known}
    return [
        *known,
        *(one for one in others if not told & {(one.case, one.field), (one.case, None)}),
    ]


def refusal(faults: Sequence[Fault], place: Place, most: int) -> InvalidCasesError:
    """Return the error that names faults, the first case's first, as many as are told."""
    told = sorted(faults, key=lambda fault: fault.case)[:most]
    more = "; and more" if len(faults) > most else ""
    return InvalidCasesError(
        "; ".join(_sentences(told, place)) + more,
        errors=[
            {place(one.case)[0]: place(one.case)[1], "field": one.field, "reason": one.reason}
            for one in told
        ],
    )


def _sentences(faults: Sequence[Fault], place: Place) -> Iterator[str]:
    for fault in faults:
        noun, number = place(fault.case)
        field = "" if fault.field is None else f", {fault.field}"
        yield f"{noun} {number}{field}: {fault.reason}"
