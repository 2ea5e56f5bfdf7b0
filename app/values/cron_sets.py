"""The sets of numbers that a crontab expression names, cut into what can be told in words."""

from collections.abc import Collection, Iterator, Sequence

LISTED_TIMES = 12
"""So many times of the day are told one by one; more of them as a range."""


def runs(ordered: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of three and more consecutive numbers, others one by one."""
    while ordered:
        length = next((n for n, x in enumerate(ordered) if x != ordered[0] + n), len(ordered))
        length = length if length > 2 else 1  # noqa: PLR2004 - see above
        yield ordered[0], ordered[length - 1]
        ordered = ordered[length:]


def even_step(numbers: Collection[int], whole: range) -> int | None:
    """Return the step by which `numbers` go through `whole` and come out even; 1 is all of it."""
    ordered = sorted(numbers)
    step = ordered[1] - ordered[0] if len(ordered) > 1 else 0
    is_even = step and len(whole) % step == 0 and ordered == list(whole[::step])
    return step if is_even else None
