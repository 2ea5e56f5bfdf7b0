"""The time zone of this machine, by which its cron goes."""

from pathlib import Path

from app.values.wall_clock import stretches

_YEARS = 10


def system_zone(etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the machine's time zone, as Debian keeps it; UTC if it keeps none."""
    named = etc / "timezone"
    if named.is_file() and (text := named.read_text("utf-8").strip()):
        return text
    link = etc / "localtime"
    if link.is_symlink():
        _, marker, name = str(link.readlink()).partition("zoneinfo/")
        if marker:
            return name
    return "UTC"


def same_clock(zone: str, other: str, year: int) -> bool:
    """Tell whether two time zones show the same time, from `year` on for ten years."""
    years = range(year, year + _YEARS)
    return zone == other or all(stretches(zone, one) == stretches(other, one) for one in years)
