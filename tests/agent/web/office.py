"""A small, partly hostile office for the web's tests, and a source that shows it."""

from checks import registry
from checks.readiness.assessment import assess
from checks.verdict import Finding, Severity
from collectors.scope import Scope
from exporters import document as documents
from exporters.prometheus import discovery
from exporters.prometheus.discovery import TargetGroup
from exporters.prometheus.exposition import Exposition
from inventory.snapshot import (
    Address,
    CollectorRun,
    Device,
    DuplicateAddress,
    InventoryEvent,
    Name,
    Network,
    Service,
    Snapshot,
)

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"
NOW = 1_795_000_000.0
RIVAL = "3c:52:82:00:07:99"  # no device has it


def device(number: int, name: str = "", **more: object) -> Device:
    values: dict[str, object] = {
        "id": f"d-{number:010d}",
        "macs": (f"3c:52:82:00:07:{number:02x}",),
        "name": name,
        "vendor": "Hewlett Packard",
        "kind": "printer",
        "confidence": 0.9,
        "network": "net-eth0",
        "addresses": (
            Address(f"10.66.7.{number}", "ipv4", "private", "arp_reply", NOW, NOW, True),
            Address(f"fe80::{number:x}", "ipv6", "link-local", "echo_reply", NOW, NOW),
        ),
        "names": (Name(name, "mdns", NOW),) if name else (),
        "services": (
            Service(f"10.66.7.{number}", "tcp", 23, "open", "telnet", HOSTILE, "iac", NOW),
            Service(f"10.66.7.{number}", "tcp", 22, "closed", "ssh"),
        ),
        "state": "up",
        "reachable": {"ipv4": True},
        "missed": 0,
        "missed_total": 0,
        "always_on": False,
        "first_seen": NOW,
        "last_seen": NOW,
    }
    return Device(**{**values, **more})  # type: ignore[arg-type]


SNAPSHOT = Snapshot(
    number=7,
    taken_at=NOW + 61,
    site="stc",
    devices=(
        device(20, HOSTILE),
        device(21, "printer-2f"),
        device(22, state="down", vendor="", addresses=(), macs=()),
    ),
    networks=(
        Network(
            "net-eth0",
            "eth0",
            ("10.66.7.0/24",),
            (),
            duplicates=(DuplicateAddress("10.66.7.20", (RIVAL, "3c:52:82:00:07:14"), NOW, NOW),),
        ),
    ),
    runs=(CollectorRun("arp", "failed", HOSTILE, 254, 3, 0.5, NOW),),
)
STRANGE = Finding(
    check="posture.strange", subject="device:d-0000000020", verdict="fail",
    severity=Severity.CRITICAL, summary=HOSTILE, reference=HOSTILE, remedy=f"`{HOSTILE}`",
    evidence={"ports": [{"banner": HOSTILE, "at": NOW, HOSTILE: [HOSTILE]}], "up": True},
)  # fmt: skip
EVENTS = (
    InventoryEvent(2, NOW, "down", "d-0000000022", "net-eth0", "does not answer any more"),
    InventoryEvent(1, NOW - 5, "appeared", "d-0000000020", "net-eth0", HOSTILE),
)


class FakeSource:
    """Shows the office above; `unready` and `reload_problem` may be set."""

    def __init__(self) -> None:
        self.snapshot = SNAPSHOT
        self.findings: tuple[Finding, ...] = (*registry.judge(SNAPSHOT), STRANGE)
        self.readiness = assess(SNAPSHOT, self.findings)
        self.unready = ""
        self.notices: tuple[str, ...] = (HOSTILE,)
        self.reload_problem = ""
        self.reloads = 0
        self.exposition = Exposition()
        self.exposition.update(self.snapshot, self.findings)

    def metrics(self, openmetrics: bool, gzip: bool) -> tuple[bytes, str]:
        body = self.exposition.body(openmetrics=openmetrics, gzip=gzip)
        return body, self.exposition.content_type(openmetrics)

    def discovery(self, role: str) -> list[TargetGroup] | None:
        if role != "icmp":
            return None
        return discovery.targets(self.snapshot, "icmp", Scope(networks=("10.66.7.0/24",)))

    def document(self) -> bytes:
        return documents.encode(documents.document(self.snapshot, self.findings, NOW, NOW + 61))

    def document_part(self, part: documents.Part) -> bytes:
        return documents.encoded_part(self.snapshot, self.findings, self.readiness, part)

    def events(self, limit: int) -> tuple[InventoryEvent, ...]:
        return EVENTS[:limit]

    async def reload(self) -> str:
        self.reloads += 1
        return self.reload_problem
