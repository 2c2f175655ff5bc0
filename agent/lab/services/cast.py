"""Which implementation plays which offer."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from agent.lab import offers
from agent.lab.host import LabHost
from agent.lab.namespaces import LabError
from agent.lab.services import (
    advertiser,
    dhcp,
    dns_server,
    lldp,
    multicast_names,
    nbns,
    snmp,
    ssh,
    tcp,
)
from agent.lab.services.stage import Place, Received, Stage
from agent.lab.topology import LanPlan
from agent.lab.truth import HostTruth

Starter = Callable[[Any, Place, Stage], Awaitable[None]]


def start_offers(
    plan: LanPlan,
    host: LabHost,
    wanted: Iterable[offers.Offer],
    stage: Stage,
    record: Callable[[Received], None],
    neighbours: Callable[[], Mapping[str, HostTruth]],
) -> None:
    """Start `wanted` of a host's offers; LabError names the host and the offer that failed."""
    place = Place(host.plan, host.namespace, plan, record, neighbours)
    starters = _starters()

    async def start() -> None:
        for offer in wanted:
            try:
                await starters[type(offer)](offer, place, stage)
            except OSError as error:
                raise LabError(
                    f"{host.name}: cannot start {type(offer).__name__}: {error}"
                ) from error

    stage.run(start())


def _starters() -> dict[type, Starter]:
    return {
        offers.DhcpClient: dhcp.start_client,
        offers.DhcpServer: dhcp.start_server,
        offers.DnsServer: dns_server.start,
        offers.Greeting: tcp.start_greeting,
        offers.Http: tcp.start_http,
        offers.Lldp: lldp.start,
        offers.Llmnr: multicast_names.start_llmnr,
        offers.Mdns: multicast_names.start_mdns,
        offers.Nbns: nbns.start,
        offers.RouterAdvertiser: advertiser.start,
        offers.Sink: tcp.start_sink,
        offers.Snmp: snmp.start,
        offers.Ssh: ssh.start,
        offers.Telnet: tcp.start_telnet,
    }
