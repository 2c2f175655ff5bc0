"""What every surface shows: the latest snapshot, its findings, the exposition, the document."""

import logging
import threading
import time
from collections.abc import Awaitable, Callable

from agent import heap
from checks import registry
from checks.readiness.assessment import Readiness, assess
from checks.verdict import Finding
from collectors.scope import Scope
from exporters import document as documents
from exporters.prometheus import discovery
from exporters.prometheus.exposition import Exposition
from exporters.prometheus.family import SelfFacts
from exporters.prometheus.process import ProcessMetrics
from inventory.snapshot import InventoryEvent, Snapshot

log = logging.getLogger("lanwarden.picture")


class Picture:
    """Holds one snapshot and what follows from it; serves the web (see agent.web.source.Source)."""

    def __init__(
        self,
        site: str,
        events: Callable[[int], tuple[InventoryEvent, ...]],
        reload: Callable[[], Awaitable[str]],
        facts: Callable[["Picture"], SelfFacts],
        notices: Callable[[], tuple[str, ...]],
    ) -> None:
        self._modules = registry.load()
        self._events = events
        self._reload = reload
        self._notices = notices
        self._snapshot = Snapshot(number=0, taken_at=time.time(), site=site)
        self._findings: tuple[Finding, ...] = ()
        self._readiness = assess(self._snapshot, ())
        self._showing = threading.Lock()
        self.check_bugs: dict[str, int] = {}
        self.unready = "the first snapshot is not taken yet"
        self.scope = Scope()
        self.started_at = self._snapshot.taken_at
        self.exposition = Exposition(
            facts=lambda: facts(self), process=ProcessMetrics(), checks=self._modules
        )

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that everything shows."""
        return self._snapshot

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on it."""
        return self._findings

    @property
    def readiness(self) -> Readiness:
        """How far everything is on the way to IPv6."""
        return self._readiness

    @property
    def notices(self) -> tuple[str, ...]:
        """What the officer should know now."""
        return self._notices()

    def show(self, snapshot: Snapshot) -> None:
        """Judge a new snapshot and put it before everybody; one caller at a time, any thread."""
        findings = registry.judge(
            snapshot, modules=self._modules, on_bug=self._count_bug, before=self._findings
        )
        readiness = assess(snapshot, findings)
        self.exposition.update(snapshot, findings, readiness)
        with self._showing:
            self._snapshot, self._findings, self._readiness = snapshot, findings, readiness
        self.unready = ""
        heap.give_back()

    def refresh(self, snapshot: Snapshot) -> None:
        """Take a snapshot that differs from the last in its time only."""
        self._snapshot = snapshot

    def metrics(self, openmetrics: bool, gzip: bool) -> tuple[bytes, str]:
        """The exposition and its content type."""
        body = self.exposition.body(openmetrics=openmetrics, gzip=gzip)
        return body, self.exposition.content_type(openmetrics)

    def discovery(self, role: str) -> list[discovery.TargetGroup] | None:
        """Targets for Prometheus' HTTP service discovery; None: there is no such role."""
        for known in discovery.ROLES:
            if role == known:
                return discovery.targets(self._snapshot, known, self.scope)
        return None

    def document(self) -> bytes:
        """The JSON document of the latest snapshot."""
        with self._showing:
            shown = self._snapshot, self._findings, self._readiness
        snapshot, findings, readiness = shown
        made = documents.encoded(snapshot, findings, self.started_at, snapshot.taken_at, readiness)
        heap.give_back()
        return made

    def document_part(self, part: documents.Part) -> bytes:
        """One list of it."""
        with self._showing:
            shown = self._snapshot, self._findings, self._readiness
        made = documents.encoded_part(*shown, part)
        heap.give_back()
        return made

    def events(self, limit: int) -> tuple[InventoryEvent, ...]:
        """The newest events, newest first."""
        return self._events(limit)

    async def reload(self) -> str:
        """Read the configuration anew; what is wrong with it, or empty."""
        return await self._reload()

    def _count_bug(self, check: str, _: Exception) -> None:
        self.check_bugs[check] = self.check_bugs.get(check, 0) + 1


def status_line(snapshot: Snapshot) -> str:
    """Return how many devices there are, for one line of a service manager."""
    up = sum(device.state == "up" for device in snapshot.devices)
    return f"{len(snapshot.devices)} devices, {up} up"
