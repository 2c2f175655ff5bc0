"""What the collectors of the way out are told: out of the config, and of what the LAN said."""

from collections.abc import Iterator

from agent.config.sections import Config
from checks.dhcp import servers4, servers6
from checks.names import dns_names
from checks.nat64 import advertised_prefixes, dns64_prefixes
from checks.routers import in_force
from collectors import anchors, device_names, domains, resolver_questions, resolvers
from inventory.snapshot import Device, Network, Snapshot

MAX_DEVICE_NAMES = 400
ANSWERED_S = 3600.0  # a resolver that answered in this pass is asked once more


def upstream_options(config: Config, snapshot: Snapshot) -> dict[str, object]:
    """Return the options of `resolvers`, `device_names`, `anchors` and `domains`."""
    names = tuple(dict.fromkeys(_names(config, snapshot)))
    of_devices = dict.fromkeys(one for one in _device_names(snapshot) if one not in names)
    return {
        resolver_questions.RESOLVERS: tuple(dict.fromkeys(_resolvers(config, snapshot))),
        resolvers.NAMES: names,
        device_names.NAMES: tuple(of_devices)[:MAX_DEVICE_NAMES],
        device_names.ANSWERING: tuple(dict.fromkeys(_answering(snapshot))),
        anchors.ANCHORS: config.ipv6.anchors if config.ipv6.internet else (),
        anchors.NAT64_PREFIXES: tuple(sorted(_nat64_prefixes(snapshot))),
        domains.DOMAINS: config.domains.names,
    }


def _resolvers(config: Config, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for address in config.ipv6.resolvers:
        yield address, "config"
    for network in snapshot.networks:
        for router in in_force(network.routers, snapshot.taken_at):
            for option in router.advertisement.resolvers:
                if option.lifetime_s > 0:
                    for address in option.addresses:
                        yield _zoned(address, network), "ra"
        for four in servers4(snapshot, network):
            if four.message != "nak":
                for address in four.resolvers:
                    yield address, "dhcpv4"
        for six in servers6(snapshot, network):
            for address in six.resolvers:
                yield _zoned(address, network), "dhcpv6"


def _answering(snapshot: Snapshot) -> Iterator[str]:
    for one in snapshot.facts.resolvers:
        if one.outcome == "answered" and snapshot.taken_at - one.at < ANSWERED_S:
            yield resolver_questions.server_of(one)


def _zoned(address: str, network: Network) -> str:
    return f"{address}%{network.interface}" if address.startswith("fe80:") else address


def _names(config: Config, snapshot: Snapshot) -> Iterator[str]:
    for service in snapshot.policy.must_work:
        if not (":" in service.host or service.host.replace(".", "").isdigit()):
            yield service.host
    for name in config.domains.names:
        yield name
        yield f"www.{name}"


def _device_names(snapshot: Snapshot) -> Iterator[str]:
    """Names of devices that are meant to be found by them; the always-on ones first."""

    def rank(device: Device) -> bool:
        return not device.always_on

    for device in sorted(snapshot.devices, key=rank):
        yield from dns_names(device)


def _nat64_prefixes(snapshot: Snapshot) -> set[str]:
    found = dns64_prefixes(snapshot)
    for network in snapshot.networks:
        found |= advertised_prefixes(network, snapshot.taken_at)
    return found
