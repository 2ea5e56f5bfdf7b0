"""What can keep a measurement from being made."""


class Unusable(Exception):  # noqa: N818 - said of a contender
    """A contender, or a program that the benchmark needs, can't be used; the message says why."""
