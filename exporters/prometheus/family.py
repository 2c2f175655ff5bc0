"""What a metric family is: one row of the table that everything else is made from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from checks.readiness.assessment import Readiness
from checks.readiness.points import Points
from checks.registry import CheckModule
from checks.verdict import Verdict
from inventory.snapshot import Snapshot

Kind = Literal["gauge", "counter", "info"]
Scope = Literal["device", "network", "agent", "process"]

# One sample: the values of the labels (without the first one, `device` or `network`, in those
# scopes) and the number.
Row = tuple[tuple[str, ...], float]
Rows = Iterable[Row]

# How many open findings a subject has per severity, worst first; nothing where there are none.
Open = tuple[tuple[str, int], ...]


class Judged(NamedTuple):
    """What follows for one device: its open findings, and its IPv6 level where that is known."""

    open: Open = ()
    ipv6_level: int | None = None


class Family(msgspec.Struct, frozen=True):
    """A metric family; `name` is as exposed in samples, so counters end in `_total`.

    `samples` is a pure function. What it gets depends on the scope: `device` a Device and what is
    Judged of it; `network` a Network and the Picture; `agent` the Picture; `process` the SelfFacts,
    at each scrape. In the first two scopes the first label is the subject's id and is filled in.
    A family without further labels gives one number, or None for no sample; others give Rows.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    scope: Scope
    samples: Callable[..., Any]

    @property
    def single(self) -> bool:
        """Whether there is at most one sample per subject, so that `samples` gives a number."""
        return len(self.labels) == (1 if self.scope in ("device", "network") else 0)

    def rows(self, *arguments: object) -> Rows:
        """What `samples` gives, as rows in any case."""
        found = self.samples(*arguments)
        if not self.single:
            rows: Rows = found
            return rows
        return () if found is None else (((), found),)


class RegisterFacts(msgspec.Struct, frozen=True):
    """How reading the register went; `rows` and `problems` are of the one in force."""

    rows: int
    problems: int
    read_ok: bool
    success_at: float | None


class SelfFacts(msgspec.Struct, frozen=True):
    """What only the running process knows of itself; None where it does not apply."""

    version: str = ""
    config_reload_successful: bool | None = None
    config_reload_success_at: float | None = None
    check_bugs: dict[str, int] = {}
    scheduler_overlaps: dict[str, int] = {}
    collector_bugs: dict[str, int] = {}
    store_failures: int | None = None
    observations_skipped: dict[str, int] = {}
    register: RegisterFacts | None = None
    readiness_kept_at: float | None = None


class Size(msgspec.Struct, frozen=True):
    """How large the exposition is and whether it met its bound."""

    series: int
    limit: int
    devices_omitted: int


class Picture(msgspec.Struct, frozen=True):
    """A snapshot with its findings counted, as the families need it."""

    snapshot: Snapshot
    checks: tuple[CheckModule, ...]
    verdicts: Mapping[tuple[str, Verdict], int]
    open: Mapping[str, Open]
    size: Size
    readiness: Readiness | None = None
    points: tuple[Points, ...] = ()
