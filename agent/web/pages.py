"""The pages for people: devices, one device, findings, events. They work without JavaScript."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent import readiness_words, todo
from agent.label import device_order, first_address, label
from agent.version import version
from agent.web import ipv6
from agent.web.evidence import facts
from agent.web.overview import GLOBAL_ADDRESS, coverage, network_lines
from agent.web.source import Source
from agent.web.times import ago, machine_moment, moment
from checks.verdict import Finding
from inventory import naming
from inventory.register.reconcile import Counts
from inventory.register.reconcile import counts as register_counts
from inventory.snapshot import Device, Snapshot

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

REFRESH_S = 15
ROWS = 500
STATIC = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
_CODE = re.compile(r"`([^`<>]+)`")
HERE = Path(__file__).parent


class Pages:
    """Renders the pages from the source's snapshot."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._templates = _environment()
        self._version = version()
        self._titles = todo.titles()
        self._static = {name: (HERE / "static" / name).read_bytes() for name in STATIC}

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        return [
            Route("/", self._devices),
            Route("/devices/{id}", self._device),
            Route("/findings", self._findings),
            Route("/ipv6", self._ipv6),
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
        snapshot, findings = self._source.snapshot, self._source.findings
        wanted = request.query_params.get("q", "")[:100].strip()
        state = request.query_params.get("state", "")
        devices = sorted(snapshot.devices, key=device_order)
        shown = [d for d in devices if _matches(d, wanted) and state in ("", d.state)]
        tasks = todo.tasks(findings, snapshot, self._titles)
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
            networks=network_lines(snapshot),
            problems=_problems(tasks),
            contested=todo.contested(snapshot),
            tasks=tasks,
            to_do=sum(task.count for task in tasks),
            ipv6=coverage(findings),
            ipv6_check=GLOBAL_ADDRESS,
            readiness=self._source.readiness,
            percent=readiness_words.percent,
            register=_register(snapshot),
        )

    async def _device(self, request: Request) -> Response:
        key = request.path_params["id"]
        snapshot = self._source.snapshot
        device = next((d for d in snapshot.devices if d.id == key), None)
        if device is None:
            raise HTTPException(404, "there is no such device")
        subject = f"device:{device.id}"
        found = [f for f in self._source.findings if f.subject == subject]
        return self._page(
            "device.html",
            "devices",
            label(device),
            device=device,
            register=snapshot.register,
            networks={network.id: todo.network_name(network) for network in snapshot.networks},
            findings=sorted(found, key=_finding_order),
            titles=self._titles,
            name_from=naming.why(device.name, ((n.name, n.source) for n in device.names)),
            duplicates=[
                one for one in todo.duplicates(snapshot)
                if any(station.device is device for station in one.stations)
            ],
            events=[e for e in self._source.events(1000) if e.device == device.id][:30],
            **ipv6.device_values(self._source, device),
        )  # fmt: skip

    async def _findings(self, request: Request) -> Response:
        every = request.query_params.get("all", "") == "1"
        check = request.query_params.get("check", "")[:100]
        snapshot, findings = self._source.snapshot, self._source.findings
        if every or check:
            found = todo.by_check(
                findings, snapshot, self._titles, lambda one: check in ("", one.check)
            )
        else:
            found = todo.tasks(findings, snapshot, self._titles)
        return self._page(
            "findings.html",
            "findings",
            "All findings" if every or check else "What needs doing",
            tasks=found,
            most=ROWS if check else ROWS // 5,
            total=len(findings),
            every=every,
            check=check,
        )

    async def _ipv6(self, _: Request) -> Response:
        values = await asyncio.to_thread(ipv6.page, self._source, self._titles)
        return self._page("ipv6.html", "ipv6", "IPv6 readiness", **values)

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
    environment.filters.update(
        ago=ago,
        breaking=_breaking,
        coded=_coded,
        facts=facts,
        first_address=first_address,
        in_words=todo.in_words,
        label=label,
        machine_moment=machine_moment,
        moment=moment,
    )
    for name in environment.list_templates():
        environment.get_template(name)  # now, so that no request waits for the disk
    return environment


def _coded(text: str) -> "Markup":
    """Escape a text; what stands between backticks becomes code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def _breaking(text: str) -> "Markup":
    """Escape an address; it may break after its colons where the line is too narrow."""
    from markupsafe import Markup, escape

    return escape(text).replace(":", Markup(":<wbr>"))


def _matches(device: Device, wanted: str) -> bool:
    if not wanted:
        return True
    texts = [
        device.id, device.name, device.vendor, device.kind, *device.macs,
        *(address.address for address in device.addresses), *(name.name for name in device.names),
    ]  # fmt: skip
    return any(wanted.lower() in text.lower() for text in texts)


def _register(snapshot: Snapshot) -> Counts | None:
    if snapshot.register is None:
        return None
    return register_counts(snapshot.register.rows, snapshot.devices, snapshot.taken_at)


def _counts(devices: Iterable[Device]) -> dict[str, int]:
    counts = {"up": 0, "down": 0, "asleep": 0, "unknown": 0}
    for device in devices:
        counts[device.state] += 1
    return counts


def _problems(tasks: Iterable[todo.Task]) -> dict[str, int]:
    """Count, by device, what needs doing on it."""
    found: Counter[str] = Counter()
    for task in tasks:
        found.update(one.device.id for one in task.concerns if one.device is not None)
        found.update(
            station.device.id
            for duplicate in task.duplicates
            for station in duplicate.stations
            if station.device is not None
        )
    return dict(found)


def _finding_order(finding: Finding) -> tuple[int, int, str]:
    severity = todo.SEVERITIES.index(finding.severity)
    return todo.VERDICTS.index(finding.verdict), severity, finding.check
