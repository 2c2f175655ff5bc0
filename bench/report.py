"""The table that `make bench` prints, and the page that it writes."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.row import Row

_HOW = (
    "All packets stay in private network namespaces. A figure is the median of five runs unless "
    "its note says otherwise. Ours and the peer's are measured one after the other on the same "
    "machine, so the ratio says more than the seconds. The goal bounds the ratio, or our own "
    "figure where there is no peer; smaller is better everywhere. A peer that is not installed is "
    "named in the note, and its row is not met.\n"
)
COLUMNS = ("what", "ours", "peer", "ratio", "goal", "")


class Section(msgspec.Struct, frozen=True):
    """The rows of one part."""

    title: str
    rows: tuple[Row, ...]


def table(sections: Sequence[Section]) -> str:
    """The rows as aligned text for a terminal."""
    lines = [COLUMNS, *(_cells(row) for section in sections for row in section.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(COLUMNS) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def page(sections: Sequence[Section], where: str, date: str) -> str:
    """The rows as a page of the documentation."""
    parts = [
        "# Performance\n",
        f"Measured by `make bench` on {date}: {where}.\n",
        _HOW,
    ]
    for section in sections:
        parts.append(f"## {section.title}\n")
        head = "| what | ours | peer | ratio | goal | | note |\n|---|--:|--:|--:|--:|---|---|\n"
        body = "".join(
            f"| {' | '.join((*_cells(row), row.note.replace('|', '/')))} |\n"
            for row in section.rows
        )
        parts.append(head + body)
    return "\n".join(parts)


def machine() -> str:
    """The machine in a few words: processor, cores, memory, kernel, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux "
        f"{platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cells(row: Row) -> tuple[str, ...]:
    goal = "" if row.goal is None else f"≤ {row.goal:g}"
    verdict = "" if row.goal is None else "met" if row.met else "NOT MET"
    return (
        row.name,
        f"{_figure(row.ours)} {row.unit}",
        "" if row.peer is None else f"{_figure(row.peer)} {row.unit}",
        "" if row.ratio is None else f"{row.ratio:.3f}",
        goal,
        verdict,
    )


def _figure(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
