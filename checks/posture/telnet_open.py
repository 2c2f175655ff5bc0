"""Telnet carries passwords in clear text."""

import re
from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Service, Snapshot

CHECK = Check(
    name="posture.telnet_open",
    title="No telnet service is open",
    severity=Severity.HIGH,
    reference="TCVN 14423:2026 x.5.2.1c, CIS Controls v8.1 4.6",
    remedy="Switch telnet off on the device; manage it over SSH or HTTPS.",
)

PORTS = (23, 2323)  # the registered port, and the one that devices use beside it
FRESH_S = 7 * 86400  # an answer older than this says nothing about today
PROMPT = re.compile(r"\b(login|username|user name|password) ?:", re.IGNORECASE)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    for device in snapshot.devices:
        yield _judge(device, snapshot.taken_at)


def _judge(device: Device, now: float) -> Finding:
    probed = [
        service
        for service in device.services
        if service.transport == "tcp"
        and service.port in PORTS
        and service.last_seen + FRESH_S >= now
    ]
    open_ports = [service for service in probed if service.state == "open"]
    speaking = [service for service in open_ports if _speaks_telnet(service)]
    if speaking:
        where = _where(speaking[0])
        return CHECK.failed(device, f"telnet answers on {where}", ports=_describe(open_ports))
    if open_ports:
        return CHECK.warned(
            device,
            f"{_where(open_ports[0])} is open but says nothing: it may be telnet",
            severity=Severity.MEDIUM,
            ports=_describe(open_ports),
        )
    if not any(service.port == PORTS[0] for service in probed):
        return CHECK.unknown(device, "not_probed", "the telnet port was not probed")
    if any(service.state == "filtered" for service in probed):
        return CHECK.unknown(
            device, "filtered", "a telnet port gave no answer at all", ports=_describe(probed)
        )
    addresses = {service.address: None for service in probed}
    return CHECK.passed(
        device,
        f"telnet is closed on {', '.join(list(addresses)[:4])}",
        ports=_describe(probed),
        not_probed=[
            one.address
            for one in device.addresses
            if one.address not in addresses and one.kind != "link-local"
        ][:16],
    )


def _speaks_telnet(service: Service) -> bool:
    return service.evidence in {"iac", "login-prompt"} or PROMPT.search(service.banner) is not None


def _where(service: Service) -> str:
    return f"{service.address} port {service.port}"


def _describe(services: list[Service]) -> list[dict[str, object]]:
    return [
        {
            "address": service.address,
            "port": service.port,
            "state": service.state,
            "evidence": service.evidence,
            "banner": service.banner[:120],
            "last_seen": service.last_seen,
        }
        for service in services[:16]
    ]
