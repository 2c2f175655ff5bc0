"""`make bench`: measures everything, prints one table, writes it into the documentation.

`python -m bench NAME…` measures a part and writes nothing. The exit code is 1 when a goal is not
met or a measurement fails.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    discovery,
    exposition,
    memory,
    multicast,
    parsers,
    readiness,
    services,
    startup,
    store,
    sweeps,
    watch,
)
from bench.report import Section, machine, page, table
from bench.row import Row

PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "startup": ("Start", startup.rows),
    "exposition": ("Exposition", exposition.rows),
    "sweeps": ("ARP sweeps", sweeps.rows),
    "discovery": ("IPv6 discovery", discovery.rows),
    "multicast": ("IPv6 discovery of 1,000 hosts", multicast.rows),
    "services": ("TCP services", services.rows),
    "store": ("Store and vendors", store.rows),
    "memory": ("Memory", memory.rows),
    "watch": ("Watching", watch.rows),
    "parsers": ("Parsing", parsers.rows),
    "readiness": ("IPv6 readiness", readiness.rows),
}
PAGE = Path(__file__).parent.parent / "docs/reference/performance.md"


def main(arguments: Sequence[str]) -> int:
    """Measure the named parts, or all of them."""
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        print(
            f"bench: no part is called {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr
        )
        return 2
    sections = []
    failed = False
    for name in arguments or PARTS:
        title, rows = PARTS[name]
        print(f"bench: {title.lower()} …", file=sys.stderr)
        try:
            sections.append(Section(title, tuple(rows())))
        except Exception as error:  # noqa: BLE001 - a part that fails must not hide the others
            failed = True
            print(f"bench: {name} failed: {error}", file=sys.stderr)
    print(table(sections))
    missed = [row.name for section in sections for row in section.rows if not row.met]
    for name in missed:
        print(f"bench: the goal is not met: {name}", file=sys.stderr)
    if not arguments and not failed:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        PAGE.write_text(page(sections, machine(), today), encoding="utf-8")
        print(f"bench: written to {PAGE.name}", file=sys.stderr)
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
