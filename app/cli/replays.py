"""`disparo predictions replay`: a request on record, answered again."""

from collections.abc import Iterator
from typing import Annotated

import typer

from app.cli.parts import ACTOR, Json, request_id_of, services, show_one, show_table
from app.clock import utc_now
from app.values.case_run import Output
from app.values.replay import Replay, ReplayedCase


def replay(
    request_id: str,
    *,
    version: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="The one that answered, if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer a request again, and show case by case what is different now.

    The replay has a record of its own, of kind `replay`.
    """
    with services() as factory:
        found = factory.replays.replay(
            request_id_of(request_id), version, caller=ACTOR, now=utc_now()
        )
    if as_json:
        return show_one(found)
    headings = (f"VERSION {found.before} THEN", f"VERSION {found.version} NOW")
    show_table(("CASE", *headings, "MOVED", "OUTCOME"), map(_row, found.cases))
    return typer.echo("\n".join(_in_words(found)))


def _row(case: ReplayedCase) -> list[object]:
    now = f"no answer: {case.error}" if case.after is None else _shown(case.after)
    mark = " *" if case.label_changed else ""
    far = None if case.moved is None else f"{case.moved:.3f}"
    return [case.number, _shown(case.before), now + mark, far, case.outcome]


def _shown(output: Output) -> str:
    given = str(output.get("label", output.get("value", output.get("values"))))
    chances = output.get("probabilities") or {}
    return f"{given} {chances[given]:.3f}" if given in chances else given


def _in_words(found: Replay) -> Iterator[str]:
    words = f"{found.labels_changed} of {len(found.cases)} labels changed"
    if found.moved_most is not None:
        words += f", moved {found.moved_most:.3f} at most"
    if found.unanswered:
        words += f", {found.unanswered} without an answer"
    yield words
    if found.left_out:
        yield f"version {found.version} does not have {', '.join(found.left_out)}"
    if found.missing:
        yield f"not on record: {', '.join(found.missing)}"
    yield "it is not on record" if found.id is None else f"on record as {found.id}"
