"""Moments and durations for people. Moments are in UTC and say so."""

from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def moment(at: float | None) -> str:
    """Say a Unix time; `never` for none."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "never"


def machine_moment(at: float) -> str:
    """Say a Unix time as the `datetime` attribute wants it (RFC 3339)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(at: float | None, now: float) -> str:
    """Say how long ago a Unix time was, in its largest unit."""
    if not at:
        return "never"
    seconds = max(0, int(now - at))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "0 s ago"


def duration(seconds: float) -> str:
    """Say a duration in its two largest units: `1 h 30 min`."""
    rest = int(seconds)
    parts = []
    for size, unit in _UNITS:
        if rest >= size:
            parts.append(f"{rest // size} {unit}")
            rest %= size
    return " ".join(parts[:2]) or "0 s"
