"""What the web needs to know of the running agent."""

from typing import Protocol

from checks.readiness.assessment import Readiness
from checks.verdict import Finding
from exporters.document import Part
from exporters.prometheus.discovery import TargetGroup
from inventory.snapshot import InventoryEvent, Snapshot


class Source(Protocol):
    """The running agent as the web sees it; everything comes from one snapshot."""

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot that every page shows."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings on that snapshot."""

    @property
    def readiness(self) -> Readiness:
        """Return how far everything is on the way to IPv6, by those findings."""

    @property
    def unready(self) -> str:
        """Return why the agent cannot serve yet; empty when it can."""

    @property
    def notices(self) -> tuple[str, ...]:
        """Return what the officer should know: no networks named, a store that fails, no tap."""

    def metrics(self, openmetrics: bool, gzip: bool) -> tuple[bytes, str]:
        """Return the exposition and its content type; may be called in any thread."""

    def discovery(self, role: str) -> list[TargetGroup] | None:
        """Return Prometheus HTTP service discovery targets; None: there is no such role."""

    def document(self) -> bytes:
        """Return the JSON document of everything; may be called in any thread."""

    def document_part(self, part: Part) -> bytes:
        """Return one list of the document; may be called in any thread."""

    def events(self, limit: int) -> tuple[InventoryEvent, ...]:
        """Return the newest events, newest first."""

    async def reload(self) -> str:
        """Read the configuration anew; return what is wrong with it, empty when nothing is."""
