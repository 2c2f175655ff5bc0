"""IPv4 addresses as numbers, and networks as spans of them."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import chain

from collectors.wire.address import ipv4_bytes, ipv4_text

Span = tuple[int, int]  # first and last address


def spans(networks: Iterable[str], holes: Iterable[str]) -> tuple[Span, ...]:
    """The addresses of IPv4 networks less the holes (addresses or networks), merged, ascending.

    IPv6 holes are passed over.
    """
    gaps = sorted(_span(hole) for hole in holes if ":" not in hole)
    merged: list[Span] = []
    for first, last in sorted(_span(network) for network in networks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(chain.from_iterable(_without(span, gaps) for span in merged))


def number_of(address: str) -> int:
    """Dotted decimal as a number."""
    return int.from_bytes(ipv4_bytes(address), "big")


def text_of(number: int) -> str:
    """A number as dotted decimal."""
    return ipv4_text(number.to_bytes(4, "big"))


def _span(network: str) -> Span:
    parsed = IPv4Network(network, strict=False)
    return int(parsed.network_address), int(parsed.broadcast_address)


def _without(span: Span, gaps: list[Span]) -> Iterator[Span]:
    first, last = span
    for gap_first, gap_last in gaps:
        if gap_last < first or gap_first > last:
            continue
        if gap_first > first:
            yield first, gap_first - 1
        first = max(first, gap_last + 1)
    if first <= last:
        yield first, last
