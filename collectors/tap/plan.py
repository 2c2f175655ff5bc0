"""What a command would send, in words (--dry-run)."""

from collections.abc import Iterable
from typing import Final

from collectors.tap.messages import (
    ArpSweep,
    Candidate,
    Command,
    DhcpCensus,
    EchoProbe,
    EchoSweep,
    LinkQuery,
    NeighbourCompare,
    Solicit,
)
from collectors.tap.spans import spans, text_of

_STEPS: Final = {
    "router": "router solicitation to ff02::2 (up to 3)",
    "mld": "MLDv2 general query to ff02::1 from fe80::ffff:ffff:ffff:fffe, after a neighbour "
    "solicitation for that address",
    "echo": "ICMPv6 echo request to ff02::1, one from each own IPv6 address",
    "option": "ICMPv6 echo request and type 254 with an unknown destination option to ff02::1, "
    "one of each from each own IPv6 address",
}
_DHCP: Final = {
    "discover": "DHCP discover to 255.255.255.255, asking for option 108 and for no lease",
    "solicit": "DHCPv6 solicit to ff02::1:2, asking for no lease",
    "information_request": "DHCPv6 information-request to ff02::1:2",
}


def plan(command: Command, exclude: Iterable[str]) -> tuple[str, ...]:
    """One line for each kind of frame, network or address."""
    if isinstance(command, ArpSweep):
        where = f"on {command.sender.interface}"
        return _swept("ARP request", where, command, exclude)
    if isinstance(command, EchoSweep):
        return _swept("ICMP echo request", "by the machine's routes", command, exclude)
    if isinstance(command, LinkQuery):
        return tuple(f"{_STEPS[step]}, on {command.sender.interface}" for step in command.steps)
    if isinstance(command, Solicit):
        return tuple(_asked(one, command, "solicitation") for one in command.candidates)
    if isinstance(command, EchoProbe):
        return tuple(_asked(one, command, "echo") for one in command.candidates)
    if isinstance(command, DhcpCensus):
        where = f"{command.tries} times, on {command.sender.interface}"
        return tuple(f"{_DHCP[question]}, {where}" for question in command.questions)
    if isinstance(command, NeighbourCompare):
        tries = f"up to {command.tries} of each, on {command.sender.interface}"
        return tuple(
            f"neighbour solicitation for {one.address} to {one.mac} alone and to its group, {tries}"
            for one in command.candidates
        )
    return ()


def _swept(
    what: str, where: str, command: ArpSweep | EchoSweep, exclude: Iterable[str]
) -> tuple[str, ...]:
    holes = (*command.exclude, *exclude)
    return tuple(
        f"{what} to {text_of(first)} - {text_of(last)} ({last - first + 1} addresses), "
        f"and again to the silent ones, {where}"
        for first, last in spans(command.networks, holes)
    )


def _asked(candidate: Candidate, command: Solicit | EchoProbe, kind: str) -> str:
    is_ipv6 = ":" in candidate.address
    if kind == "echo":
        what = "ICMPv6 echo request" if is_ipv6 else "ICMP echo request"
    else:
        what = "neighbour solicitation" if is_ipv6 else "ARP request"
    whom = (
        f"to {candidate.mac} alone"
        if candidate.mac
        else "to all"
        if not is_ipv6
        else "to its group"
    )
    where = command.sender.interface
    return f"{what} for {candidate.address} {whom}, up to {command.tries}, on {where}"
