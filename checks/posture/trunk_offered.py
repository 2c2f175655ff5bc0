"""A switch port that negotiates trunks gives every VLAN to whoever plays a switch."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from collectors.observation import TrunkOffered
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="posture.trunk_offered",
    title="No switch port offers to become a trunk",
    severity=Severity.MEDIUM,
    reference="TCVN 14423:2026 x.5.13.2.3a, CIS Controls v8.1 12.2",
    remedy="Make the ports of end devices access ports and switch the negotiation off there.",
)

FRESH_S = 3600.0
REPEATED_S = 90.0  # a port says it every 30 s; three of them may not all be lost
NEGOTIATING = frozenset({"desirable", "auto"})


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network: of the port that the agent is plugged into."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    heard = fresh(snapshot.facts.trunks, snapshot, network, FRESH_S)
    offers = [one for one in heard if one.mode in NEGOTIATING and not one.trunking]
    if offers:
        text = f"the agent's switch port ({offers[0].mac}) offers to become a trunk"
        return CHECK.failed(network, text, ports=_describe(offers))
    trunks = [one for one in heard if one.trunking]
    if trunks:
        text = f"the agent's switch port ({trunks[0].mac}) is a trunk: meant so, if the agent"
        return CHECK.warned(
            network, f"{text} is to hear several VLANs", severity=Severity.LOW,
            ports=_describe(trunks),
        )  # fmt: skip
    doubt = unheard(CHECK, snapshot, network)
    if doubt is not None:
        return doubt
    if network.listened_s < REPEATED_S:
        return CHECK.unknown(network, "observed_too_short", "the watch has only just begun")
    return CHECK.passed(network, "no port negotiated a trunk", ports=_describe(heard))


def _describe(heard: list[TrunkOffered]) -> list[dict[str, object]]:
    return [
        {"mac": one.mac, "mode": one.mode, "trunking": one.trunking, "domain": one.domain}
        for one in heard[:16]
    ]
