"""What several checks ask about NAT64: which prefix routers advertise, which one DNS64 uses."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

from checks.routers import in_force
from checks.upstream import questions
from collectors.observation import ResolverTried
from inventory.snapshot import Network, Snapshot

WELL_KNOWN = "64:ff9b::/96"  # RFC 6052 §2.1
PROBE = "ipv4only.arpa AAAA"  # RFC 7050 §3
# What a resolver is asked to prove that it does not answer anything at all: see the collector.
CONTROL_SUFFIXES = (".invalid AAAA", ".invalid A")  # RFC 6761 §6.4

_KNOWN = (IPv4Address("192.0.0.170"), IPv4Address("192.0.0.171"))  # RFC 7050 §8.2
# Prefix length and the octets that hold the IPv4 address (RFC 6052 §2.2).
_PLACES = (
    (96, (12, 13, 14, 15)),
    (64, (9, 10, 11, 12)),
    (56, (7, 9, 10, 11)),
    (48, (6, 7, 9, 10)),
    (40, (5, 6, 7, 9)),
    (32, (4, 5, 6, 7)),
)


def embedding_prefix(address: str) -> str | None:
    """The prefix into which a well-known IPv4 address of ipv4only.arpa was put, or None."""
    try:
        octets = IPv6Address(address).packed
    except AddressValueError:
        return None
    for length, places in _PLACES:
        if IPv4Address(bytes(octets[place] for place in places)) in _KNOWN:
            return str(IPv6Network((octets, length), strict=False))
    return None


def advertised_prefixes(network: Network, now: float) -> set[str]:
    """The NAT64 prefixes that routers in force advertise (RFC 8781)."""
    return {
        option.prefix
        for router in in_force(network.routers, now)
        for option in router.advertisement.pref64
        if option.lifetime_s > 0
    }


def by_resolver(snapshot: Snapshot) -> dict[str, list[ResolverTried]]:
    """The answered questions for ipv4only.arpa by resolver; empty for one that did not answer."""
    found: dict[str, list[ResolverTried]] = {}
    for tried in questions(snapshot):
        if tried.question == PROBE:
            answered = found.setdefault(tried.resolver, [])
            if tried.outcome == "answered":
                answered.append(tried)
    return found


def resolvers_asked(snapshot: Snapshot) -> bool:
    """Whether at least one resolver answered the question for ipv4only.arpa."""
    return any(by_resolver(snapshot).values())


def lying(snapshot: Snapshot, resolver: str) -> bool:
    """Whether a resolver answers for a name that cannot exist."""
    return any(
        tried.resolver == resolver and tried.question.endswith(CONTROL_SUFFIXES) and tried.answers
        for tried in questions(snapshot)
    )


def all_lie(snapshot: Snapshot) -> bool:
    """Whether every resolver that answers at all answers for names that cannot exist."""
    answering = {one.resolver for one in questions(snapshot) if one.outcome == "answered"}
    return bool(answering) and all(lying(snapshot, resolver) for resolver in answering)


def denies_the_probe(snapshot: Snapshot, resolver: str) -> bool:
    """Whether a resolver says that ipv4only.arpa does not exist, which it does (RFC 8880 §7)."""
    answers = by_resolver(snapshot).get(resolver, [])
    return bool(answers) and all(tried.rcode == "NXDOMAIN" for tried in answers)


def dns64_of(snapshot: Snapshot, resolver: str) -> set[str]:
    """The prefixes into which a resolver puts IPv4 addresses; none for one that lies."""
    if lying(snapshot, resolver):
        return set()
    answers = by_resolver(snapshot).get(resolver, [])
    prefixes = {embedding_prefix(text) for tried in answers for text in tried.answers}
    return {prefix for prefix in prefixes if prefix is not None}


def dns64_prefixes(snapshot: Snapshot) -> set[str]:
    """The prefixes of all resolvers."""
    found: set[str] = set()
    for resolver in by_resolver(snapshot):
        found |= dns64_of(snapshot, resolver)
    return found
