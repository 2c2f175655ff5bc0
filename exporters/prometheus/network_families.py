"""Metric families of one network."""

from checks.dhcp import offers_option_108, servers4
from checks.nat64 import advertised_prefixes
from checks.routers import in_force, unlisted_routers
from exporters.prometheus.family import Family, Picture, Rows
from inventory.snapshot import Network


def _info(network: Network, _picture: Picture) -> Rows:
    return (((network.interface, ",".join(network.ipv4), ",".join(network.ipv6)), 1),)


def _routers(network: Network, picture: Picture) -> int:
    return len(in_force(network.routers, picture.snapshot.taken_at))


def _rogue_routers(network: Network, picture: Picture) -> int | None:
    policy, now = picture.snapshot.policy, picture.snapshot.taken_at
    if not policy.routers or not network.interface:
        return None
    return len(unlisted_routers(network, policy, now))


def _duplicates(network: Network, _picture: Picture) -> int:
    return len(network.duplicates)


def _scanner_ill(network: Network, picture: Picture) -> int:
    return int(any(one.network in ("", network.id) for one in picture.snapshot.illnesses))


def _solicitations(network: Network, _picture: Picture) -> int | None:
    return network.solicitations if network.interface else None


def _listened(network: Network, _picture: Picture) -> float | None:
    return network.listened_s if network.interface else None


def _findings(network: Network, picture: Picture) -> Rows:
    counts = dict(picture.open.get(f"network:{network.id}", ()))
    return [
        ((severity,), counts.get(severity, 0)) for severity in ("critical", "high", "medium", "low")
    ]


def _ipv6_level(network: Network, picture: Picture) -> int | None:
    if picture.readiness is None:
        return None
    return picture.readiness.networks[network.id].level


def _pref64(network: Network, picture: Picture) -> int | None:
    if not network.routers:
        return None
    return len(advertised_prefixes(network, picture.snapshot.taken_at))


def _option_108(network: Network, picture: Picture) -> int | None:
    if not servers4(picture.snapshot, network):
        return None
    return int(bool(offers_option_108(picture.snapshot, network)))


FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_network_info",
        "info",
        "What is known of the network; several prefixes are separated by commas.",
        ("network", "interface", "ipv4", "ipv6"),
        "network",
        _info,
    ),
    Family(
        "lanwarden_network_routers",
        "gauge",
        "Routers that advertise on the network: not withdrawn, and their lifetime has not run out.",
        ("network",),
        "network",
        _routers,
    ),
    Family(
        "lanwarden_network_rogue_routers",
        "gauge",
        "Routers that advertised in the last 24 hours and are not in the list of allowed routers;"
        " absent without such a list.",
        ("network",),
        "network",
        _rogue_routers,
    ),
    Family(
        "lanwarden_network_duplicate_addresses",
        "gauge",
        "Addresses that two stations answer for.",
        ("network",),
        "network",
        _duplicates,
    ),
    Family(
        "lanwarden_network_scanner_ill",
        "gauge",
        "1 while the agent cannot tell who is there on the network, whatever the reason; else 0.",
        ("network",),
        "network",
        _scanner_ill,
    ),
    Family(
        "lanwarden_network_router_solicitations_total",
        "counter",
        "Router solicitations sent on the network since the agent started.",
        ("network",),
        "network",
        _solicitations,
    ),
    Family(
        "lanwarden_network_listened_seconds",
        "gauge",
        "How long the network has been heard without a gap.",
        ("network",),
        "network",
        _listened,
    ),
    Family(
        "lanwarden_network_findings",
        "gauge",
        "Open findings (verdict fail or warn) of the network itself.",
        ("network", "severity"),
        "network",
        _findings,
    ),
    Family(
        "lanwarden_network_ipv6_level",
        "gauge",
        "How far the network is on the way to IPv6: 0 no router, 1 no global addresses, 2 enabled,"
        " 3 safe and on a par with IPv4, 4 IPv6-mostly, 5 ready to drop IPv4; absent while"
        " unknown.",
        ("network",),
        "network",
        _ipv6_level,
    ),
    Family(
        "lanwarden_network_pref64_prefixes",
        "gauge",
        "NAT64 prefixes (PREF64) that the network's routers advertise; absent without a router.",
        ("network",),
        "network",
        _pref64,
    ),
    Family(
        "lanwarden_network_option_108",
        "gauge",
        "1 when a DHCP server offers option 108 (IPv6-only preferred), 0 when the servers that"
        " answered do not; absent while none answered.",
        ("network",),
        "network",
        _option_108,
    ),
)
