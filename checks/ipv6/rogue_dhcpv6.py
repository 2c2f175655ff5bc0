"""A DHCPv6 server that nobody allowed can give hosts its own resolver."""

from collections.abc import Iterator

from checks.dhcp import is_listed, leases_addresses, questions, servers6, unasked
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.rogue_dhcpv6",
    title="Only allowed DHCPv6 servers answer on the network",
    severity=Severity.HIGH,
    reference="RFC 8415 §22, RFC 9099 §2.3.3",
    remedy="Find the device by its MAC and switch its DHCPv6 server off, or add it to"
    " `dhcp_servers` in `[ipv6]`.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    allowed = snapshot.policy.dhcp_servers
    heard = {server.mac: server for server in servers6(snapshot, network)}
    told = [
        {
            "mac": one.mac, "address": one.address, "gives_addresses": leases_addresses(one),
            "resolvers": list(one.resolvers)[:4],
        }
        for one in heard.values()
    ][:16]  # fmt: skip
    if allowed:
        strangers = [one for one in heard.values() if not is_listed(one.mac, one.address, allowed)]
        if strangers:
            who = f"{strangers[0].address} ({strangers[0].mac})"
            return CHECK.failed(network, f"{who} answers and is not in the list", servers=told)
    elif len(heard) > 1:
        return CHECK.warned(network, f"{len(heard)} DHCPv6 servers answer", servers=told)
    elif heard:
        text = f"{told[0]['address']} answers; no list says whether it may"
        return CHECK.unknown(network, "no_allow_list", text, servers=told)
    if heard:
        return CHECK.passed(network, "only allowed DHCPv6 servers answer", servers=told)
    asked = questions(snapshot, network, "solicit", "information_request")
    doubt = unasked(CHECK, snapshot, network, asked)
    return doubt or CHECK.passed(network, "no DHCPv6 server answers", questions=asked)
