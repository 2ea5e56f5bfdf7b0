"""Crontab expressions to try, drawn at random; each of them fires."""

from hypothesis import strategies as st


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> str:
    """Draw a field of an expression: stars, numbers, ranges, lists and steps."""
    one = st.integers(low, high)
    step = st.integers(1, high + 1)
    span = st.tuples(one, one).map(lambda pair: f"{min(pair)}-{max(pair)}")
    field: str = draw(
        st.one_of(
            st.just("*"),
            step.map(lambda size: f"*/{size}"),
            one.map(str),
            span,
            st.tuples(span, step).map(lambda parts: f"{parts[0]}/{parts[1]}"),
            st.lists(one.map(str), min_size=2, max_size=4).map(",".join),
        )
    )
    return field


WEEKDAYS = st.one_of(st.just("*"), st.sampled_from(["7", "1#1", "sun", "*/2"]), fields(0, 7))
MONTH_DAYS = st.one_of(st.just("*"), st.sampled_from(["L", "*/2"]), fields(1, 31))
HOURS = st.one_of(fields(0, 23), fields(0, 4))  # clocks are changed in the first hours of a day
EXPRESSIONS = st.tuples(fields(0, 59), HOURS, MONTH_DAYS, st.just("*"), WEEKDAYS).map(" ".join)
