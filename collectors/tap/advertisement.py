"""A decoded router advertisement as an observation."""

from typing import Final

from collectors.observation import (
    AdvertisedPref64,
    AdvertisedPrefix,
    AdvertisedResolvers,
    AdvertisedRoute,
    AdvertisedSearch,
    RouterAdvertised,
)
from collectors.wire import frame, nd
from collectors.wire.address import ipv6_text, mac_text
from collectors.wire.nd_options import Options
from collectors.wire.text import clean_text

MAX_URI: Final = 255


def router_advertised(
    decoded: frame.Decoded, message: nd.RouterAdvertisement, at: float, interface: str
) -> RouterAdvertised:
    """Everything that the advertisement says; `mac` is the frame's source, whatever it claims."""
    options = message.options
    return RouterAdvertised(
        at=at,
        source="tap",
        interface=interface,
        mac=mac_text(decoded.source_mac),
        address=ipv6_text(decoded.source),
        hop_limit=message.hop_limit,
        managed=message.managed,
        other=message.other,
        preference=message.preference,
        lifetime_s=message.lifetime_s,
        reachable_ms=message.reachable_ms,
        retransmit_ms=message.retransmit_ms,
        mtu=options.mtu,
        prefixes=_prefixes(options),
        routes=tuple(
            AdvertisedRoute(_cidr(route.prefix, route.length), route.preference, route.lifetime_s)
            for route in options.routes
        ),
        resolvers=tuple(
            AdvertisedResolvers(tuple(map(ipv6_text, option.addresses)), option.lifetime_s)
            for option in options.resolvers
        ),
        search=tuple(
            AdvertisedSearch(tuple(map(_domain, option.domains)), option.lifetime_s)
            for option in options.search
        ),
        pref64=tuple(
            AdvertisedPref64(_cidr(option.prefix, option.length), option.lifetime_s)
            for option in options.pref64
        ),
        captive_portal=clean_text(options.captive_portal or b"", MAX_URI),
    )


def _prefixes(options: Options) -> tuple[AdvertisedPrefix, ...]:
    return tuple(
        AdvertisedPrefix(
            _cidr(prefix.prefix, prefix.length),
            prefix.on_link,
            prefix.autonomous,
            prefix.valid_s,
            prefix.preferred_s,
        )
        for prefix in options.prefixes
    )


def _cidr(prefix: bytes, length: int) -> str:
    """Canonical CIDR text; the bits beyond the length, which a receiver ignores, are cleared."""
    mask = (1 << 128) - (1 << 128 - length)
    kept = int.from_bytes(prefix, "big") & mask
    return f"{ipv6_text(kept.to_bytes(16, 'big'))}/{length}"


def _domain(labels: tuple[bytes, ...]) -> str:
    return ".".join(clean_text(label) for label in labels)
