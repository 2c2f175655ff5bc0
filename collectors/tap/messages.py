"""The messages between agent and tap: msgpack values behind a four-byte big-endian length.

Commands go to the tap, events come back. The tap refuses a command whose targets lie outside the
networks that it was started with. Anything that does not decode ends the connection.
"""

from typing import Literal

import msgspec

from collectors.observation import AnyObservation

PROTOCOL_VERSION = 1
MAX_MESSAGE_BYTES = 1 << 20
MAX_TARGETS = 65536


class Sender(msgspec.Struct, frozen=True):
    """Who the tap is on a link: interface, MAC and own addresses without prefix length."""

    interface: str
    mac: str
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()


class ArpSweep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask every address of on-link IPv4 networks (RFC 826): all once, the silent ones again.

    `known` addresses get a third try and, if still silent, an `Unanswered`.
    """

    id: int
    sender: Sender
    networks: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    wait_s: float = 0.3


class EchoSweep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """ICMPv4 echo to every address of routed networks; answers are `EchoAnswered`."""

    id: int
    networks: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    wait_s: float = 1.0


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything that makes the nodes of an IPv6 link speak without knowing them.

    Router solicitation, MLDv2 general query, echo to ff02::1 from each own source, and an echo with
    an unrecognised destination option (RFC 4861 §6.3.7, RFC 3810 §5.1, RFC 4443 §4.1 and §3.4).
    `steps` chooses among them. Ends with a `Solicited` when `router` was among the steps.
    """

    id: int
    sender: Sender
    steps: tuple[Literal["router", "mld", "echo", "option"], ...] = (
        "router", "mld", "echo", "option",
    )  # fmt: skip
    max_response_ms: int = 1000
    wait_s: float = 1.5


class Candidate(msgspec.Struct, frozen=True):
    """An address to ask for; `mac` set: ask that station alone, else its solicited-node group."""

    address: str
    mac: str = ""


class Solicit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Neighbour solicitations (RFC 4861 §4.3) or ARP requests to single addresses.

    `report_silence` yields an `Unanswered` for each that stays silent after `tries`. `guessed`: the
    stations that are asked alone may lack the addresses, and must not forward the question.
    """

    id: int
    sender: Sender
    candidates: tuple[Candidate, ...]
    tries: int = 2
    wait_s: float = 0.5
    pace_per_second: int = 0  # 0: the tap's own pace
    report_silence: bool = False
    guessed: bool = False


class EchoProbe(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Unicast ICMP or ICMPv6 echo to single addresses on a link, in frames to their MACs."""

    id: int
    sender: Sender
    candidates: tuple[Candidate, ...]
    tries: int = 2
    wait_s: float = 0.5


DhcpQuestion = Literal["discover", "solicit", "information_request"]


class DhcpCensus(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask which DHCP servers a link has, and never for a lease.

    DHCPv4 discover with option 108 in its list (RFC 8925 §3.1), DHCPv6 solicit and
    information-request (RFC 8415 §18.2.1, §18.2.6). Each kind goes out `tries` times, `gap_s`
    apart; servers then have `wait_s`. Ends with a `DhcpAsked` for each kind that was sent; on a
    link without IPv6 that is the first alone.
    """

    id: int
    sender: Sender
    questions: tuple[DhcpQuestion, ...] = ("discover", "solicit", "information_request")
    tries: int = 2
    gap_s: float = 4.0
    wait_s: float = 6.0


class NeighbourCompare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Neighbour solicitations to known stations, by unicast and to their groups (RFC 4861 §7.2).

    Every candidate has a MAC and an IPv6 address. Ends with a `NeighbourCompared` for each.
    """

    id: int
    sender: Sender
    candidates: tuple[Candidate, ...]
    tries: int = 3
    wait_s: float = 1.0
    pace_per_second: int = 50


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Listen on these interfaces from now on (replaces the earlier list)."""

    id: int
    interfaces: tuple[str, ...]


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Stop the command with this id; its `Finished` says `cancelled`."""

    id: int


Command = (
    ArpSweep
    | EchoSweep
    | LinkQuery
    | Solicit
    | EchoProbe
    | DhcpCensus
    | NeighbourCompare
    | Watch
    | Cancel
)


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First message of the tap: who it is and what it may do."""

    protocol: int
    version: str
    networks: tuple[str, ...]
    pace_per_second: int
    dry_run: bool = False


class Observed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A batch of observations, oldest first."""

    observations: tuple[AnyObservation, ...]


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How far a command is, in frames."""

    id: int
    done: int
    total: int


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The end of a command; what it caused came before. `error` is empty when all went well."""

    id: int
    sent: int = 0
    received: int = 0
    duration_s: float = 0.0
    error: str = ""


class Planned(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """With --dry-run: what a command would send, one line each, instead of sending it."""

    id: int
    lines: tuple[str, ...]


class Counters(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Totals since the tap started; `malformed` by reason, `sent` by protocol.

    `dropped` are frames and observations, `overflowed` the observations among them.
    """

    received: int
    dropped: int
    malformed: dict[str, int]
    sent: dict[str, int]
    watching: tuple[str, ...] = ()
    lost_links: tuple[str, ...] = ()
    overflowed: int = 0


Event = Ready | Observed | Progress | Finished | Planned | Counters
