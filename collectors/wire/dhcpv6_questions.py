"""What a DHCPv6 client asks servers before it takes anything (RFC 8415 §18.2.1, §18.2.6)."""

from collectors.wire.dhcpv6 import (
    DNS_SERVERS,
    INFORMATION_REQUEST,
    SEARCH_DOMAINS,
    SOLICIT,
    Association,
    Message,
    encode,
)


def build_solicit(
    client_id: bytes,
    transaction_id: int,
    iaid: int,
    requested: tuple[int, ...] = (DNS_SERVERS, SEARCH_DOMAINS),
    elapsed_cs: int = 0,
) -> bytes:
    """The payload that looks for servers (§18.2.1); it asks for an address."""
    return encode(
        Message(
            SOLICIT,
            transaction_id,
            client_id,
            associations=(Association(iaid),),
            requested=requested,
            elapsed_cs=elapsed_cs,
        )
    )


def build_information_request(
    client_id: bytes,
    transaction_id: int,
    requested: tuple[int, ...] = (DNS_SERVERS, SEARCH_DOMAINS),
    elapsed_cs: int = 0,
) -> bytes:
    """The payload that asks servers for resolvers, and for no address (§18.2.6)."""
    return encode(
        Message(
            INFORMATION_REQUEST,
            transaction_id,
            client_id,
            requested=requested,
            elapsed_cs=elapsed_cs,
        )
    )
