"""The pages for people: devices, one device, findings, events. They work without JavaScript."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent.label import label
from agent.version import version
from agent.web.source import Source
from checks.verdict import Finding
from inventory.snapshot import Device

if TYPE_CHECKING:
    from jinja2 import Environment

REFRESH_S = 15
ROWS = 500
STATIC = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
SEVERITIES = ("critical", "high", "medium", "low", "info")
HERE = Path(__file__).parent


class Pages:
    """Renders the pages from the source's snapshot."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._templates = _environment()
        self._version = version()
        self._static = {name: (HERE / "static" / name).read_bytes() for name in STATIC}

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        return [
            Route("/", self._devices),
            Route("/devices/{id}", self._device),
            Route("/findings", self._findings),
            Route("/events", self._events),
            Route("/static/{name}", self._asset),
        ]

    async def refusal(self, request: Request, error: Exception) -> Response:
        """Answer a request that cannot be met: a page for people, a line for programs."""
        assert isinstance(error, HTTPException)
        text = error.detail
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(f"{text}\n", error.status_code, headers=error.headers)
        page = self._templates.get_template("refusal.html")
        body = page.render(**self._common("", "Not possible"), code=error.status_code, text=text)
        return HTMLResponse(body, error.status_code, headers=error.headers)

    async def _devices(self, request: Request) -> Response:
        snapshot = self._source.snapshot
        wanted = request.query_params.get("q", "")[:100].strip()
        state = request.query_params.get("state", "")
        devices = sorted(snapshot.devices, key=_device_order)
        shown = [d for d in devices if _matches(d, wanted) and state in ("", d.state)]
        return self._page(
            "devices.html",
            "devices",
            "Devices",
            devices=shown[:ROWS],
            matching=len(shown),
            counts=_counts(devices),
            wanted=wanted,
            state=state,
            snapshot=snapshot,
            problems=_problems_by_subject(self._source.findings),
            todo=wrong(self._source.findings)[:8],
        )

    async def _device(self, request: Request) -> Response:
        key = request.path_params["id"]
        snapshot = self._source.snapshot
        device = next((d for d in snapshot.devices if d.id == key), None)
        if device is None:
            raise HTTPException(404, "there is no such device")
        subject = f"device:{device.id}"
        return self._page(
            "device.html",
            "devices",
            label(device),
            device=device,
            networks={network.id: network for network in snapshot.networks},
            findings=[f for f in self._source.findings if f.subject == subject],
            events=[e for e in self._source.events(1000) if e.device == device.id][:30],
        )

    async def _findings(self, request: Request) -> Response:
        every = request.query_params.get("all", "") == "1"
        findings = self._source.findings
        shown = sorted(findings, key=_finding_order) if every else wrong(findings)
        return self._page(
            "findings.html",
            "findings",
            "Findings",
            findings=shown[:ROWS],
            matching=len(shown),
            total=len(findings),
            every=every,
            names={f"device:{d.id}": d for d in self._source.snapshot.devices},
        )

    async def _events(self, _: Request) -> Response:
        return self._page(
            "events.html",
            "events",
            "Events",
            events=self._source.events(200),
            names={d.id: d for d in self._source.snapshot.devices},
        )

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            raise HTTPException(404, "there is no such file")
        headers = {"Content-Type": STATIC[name], "Cache-Control": "max-age=300"}
        return Response(self._static[name], headers=headers)

    def _page(self, template: str, where: str, title: str, **values: Any) -> Response:
        body = self._templates.get_template(template).render(**self._common(where, title), **values)
        return HTMLResponse(body, headers={"Cache-Control": "no-store"})

    def _common(self, where: str, title: str) -> dict[str, Any]:
        snapshot = self._source.snapshot
        return {
            "where": where,
            "title": title,
            "site": snapshot.site,
            "version": self._version,
            "now": snapshot.taken_at,
            "refresh_s": REFRESH_S,
            "notices": self._source.notices,
        }


def wrong(findings: Iterable[Finding]) -> list[Finding]:
    """Return what needs doing, worst first."""
    return sorted((f for f in findings if f.verdict in ("fail", "warn")), key=_finding_order)


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["ago"] = _ago
    environment.filters["facts"] = _facts
    environment.filters["label"] = label
    for name in environment.list_templates():
        environment.get_template(name)  # now, so that no request waits for the disk
    return environment


def _moment(at: float | None) -> str:
    if not at:
        return "never"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _ago(at: float | None, now: float) -> str:
    if not at:
        return "never"
    seconds = max(0, int(now - at))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def _facts(evidence: dict[str, Any]) -> str:
    return _phrase(evidence, 0)[:400]


def _phrase(value: Any, depth: int) -> str:
    """Say a JSON value in words; times and empty values are left out."""
    if isinstance(value, dict):
        pairs = (
            f"{key.replace('_', ' ')} {_phrase(one, depth + 1)}"
            for key, one in value.items()
            if key != "at" and one not in (None, "", [], {})
        )
        return (", " if depth else "; ").join(pairs)
    if isinstance(value, list | tuple):
        return " / ".join(_phrase(one, depth + 1) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _matches(device: Device, wanted: str) -> bool:
    if not wanted:
        return True
    texts = [
        device.id, device.name, device.vendor, device.kind, *device.macs,
        *(address.address for address in device.addresses), *(name.name for name in device.names),
    ]  # fmt: skip
    return any(wanted.lower() in text.lower() for text in texts)


def _counts(devices: Iterable[Device]) -> dict[str, int]:
    counts = {"up": 0, "down": 0, "asleep": 0, "unknown": 0}
    for device in devices:
        counts[device.state] += 1
    return counts


def _problems_by_subject(findings: Iterable[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in findings:
        if finding.verdict in ("fail", "warn"):
            found[finding.subject] = found.get(finding.subject, 0) + 1
    return found


def _device_order(device: Device) -> tuple[int, int, str, str]:
    import ipaddress

    first = next((a.address for a in device.addresses if a.family == "ipv4"), "")
    number = int(ipaddress.IPv4Address(first)) if first else 2**32
    return (0 if device.state == "down" else 1, number, device.name, device.id)


def _finding_order(finding: Finding) -> tuple[int, int, str, str]:
    verdicts = ("fail", "warn", "unknown", "pass", "not_applicable")
    severity = SEVERITIES.index(str(finding.severity))
    return (verdicts.index(finding.verdict), severity, finding.check, finding.subject)
