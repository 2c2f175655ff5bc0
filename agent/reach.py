"""What the running agent can reach: its own links, the scope on them, and the tap."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from agent.config.sections import Config
from agent.plan import tap_settings
from agent.scope import advice, scope_of
from agent.tap_session import TapSession
from collectors.contract import CollectorError
from collectors.scope import Card, Link, Scope

log = logging.getLogger("lanwarden.reach")


def own_links() -> tuple[Link, ...]:
    """Return the links that are up. Raises CollectorError."""
    from collectors.netlink import read_links

    return read_links()


def own_networks() -> tuple[str, ...]:
    """Return the networks that this machine could be given as its scope. Raises CollectorError."""
    from collectors.netlink import network_suggestions

    return network_suggestions()


def own_cards() -> dict[str, Card]:
    """Return the own interfaces, and which of them have a carrier. Raises CollectorError."""
    from collectors.netlink import read_cards

    return read_cards()


class Reach:
    """Looks at the links again and again, because interfaces and addresses come and go.

    `scope` is what may be probed now; `cards` tells which own interfaces can hear; `advice` is
    for an officer who named no network.
    """

    def __init__(
        self,
        tap: TapSession,
        links: Callable[[], Sequence[Link]] = own_links,
        networks: Callable[[], Sequence[str]] = own_networks,
        cards: Callable[[], Mapping[str, Card]] = own_cards,
    ) -> None:
        self._read_cards = cards
        self.cards: Mapping[str, Card] = {}
        self._links = links
        self._networks = networks
        self.tap = tap
        self.scope = Scope()
        self.advice = ""

    async def begin(self, config: Config) -> None:
        """Look at the links and try to start the tap."""
        self._take(config, self._read(config))
        try:
            await self.tap.start(tap_settings(config, self.scope))
        except CollectorError as error:
            log.warning("the tap cannot watch: %s", error)

    async def follow(self, config: Config) -> bool:
        """Look again and have the tap follow; whether the scope has changed."""
        before = self.scope
        self._take(config, await asyncio.to_thread(self._read, config))
        await self.tap.change(tap_settings(config, self.scope))
        return self.scope != before

    def _read(self, config: Config) -> "_Found | None":
        try:
            networks = () if config.scope.networks else self._networks()
            return self._links(), networks, self._read_cards()
        except CollectorError as error:
            log.error("own interfaces cannot be read: %s", error)
            return None

    def _take(self, config: Config, found: "_Found | None") -> None:
        if found is not None:
            links, networks, self.cards = found
            self.advice = "" if config.scope.networks else advice(networks)
            self.scope = scope_of(config, links, strict=False)


_Found = tuple[Sequence[Link], Sequence[str], Mapping[str, Card]]
