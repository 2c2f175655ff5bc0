"""The links that the tap listens on: opened when needed, and again when they return."""

import selectors
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from collectors.tap.askings import Askings
from collectors.tap.belief import Belief
from collectors.tap.own import OwnLink
from collectors.tap.repeats import Repeats
from collectors.tap.sockets import Network, Port, PortLost
from collectors.tap.sweep import Clock
from collectors.tap.watch import Watcher

CHECK_INTERVAL_S: Final = 1.0


class Selector(Protocol):
    """The part of `selectors.BaseSelector` that the tap uses."""

    def register(self, fileobj: int, events: int, data: Callable[[int], None]) -> object:
        """Begin to wait for a descriptor."""

    def modify(self, fileobj: int, events: int, data: Callable[[int], None]) -> object:
        """Wait for other events of a descriptor."""

    def unregister(self, fileobj: int) -> object:
        """Stop waiting for a descriptor."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, at the latest after the timeout (seconds)."""


class Heard(Protocol):
    """Who takes the frames of a link."""

    def __call__(self, link: "Link", frames: Sequence[bytes]) -> None:
        """Take the frames that waited, in their order."""


class Link:
    """One interface in use: its port while it can be heard, and what is believed of it."""

    def __init__(self, own: OwnLink, watcher: Watcher) -> None:
        self.own = own
        self.watcher = watcher
        self.repeats = Repeats()
        self.askings = Askings(own.name, watcher.belief, self._owns)
        self.port: Port | None = None

    def _owns(self, address: str) -> bool:
        return self.own.owns(address)


class Links:
    """Opens, drains, checks and closes the ports of all links in use.

    A link is in use while it is watched or a job runs on it. One that goes down is lost until its
    interface is back; it is then opened anew by name.
    """

    def __init__(
        self,
        network: Network,
        selector: Selector,
        clock: Clock,
        token: bytes,
        heard: Heard,
        drain_limit: int = 256,
    ) -> None:
        self._network = network
        self._selector = selector
        self._clock = clock
        self._token = token
        self._heard = heard
        self._drain_limit = drain_limit
        self._links: dict[str, Link] = {}
        self._watched: tuple[str, ...] = ()
        self._borrowed: Counter[str] = Counter()
        self._lost: dict[str, None] = {}
        self._next_check = 0.0
        self.malformed: Counter[str] = Counter()
        self.received = 0
        self.dropped = 0

    @property
    def in_use(self) -> tuple[Link, ...]:
        """The links that can be heard."""
        return tuple(self._links.values())

    @property
    def watching(self) -> tuple[str, ...]:
        """The interfaces in use that can be heard."""
        return tuple(sorted(self._links))

    @property
    def lost(self) -> tuple[str, ...]:
        """The interfaces in use that cannot be heard now."""
        return tuple(sorted(self._lost))

    @property
    def next_check(self) -> float:
        """The monotonic time of the next look at the interfaces."""
        return self._next_check

    def watch(self, interfaces: Iterable[str]) -> None:
        """Use these links from now on, and no longer the earlier ones."""
        self._watched = tuple(dict.fromkeys(interfaces))
        self._settle()

    def borrow(self, interface: str) -> Link:
        """Use a link for a while; raises PortLost when it cannot be heard now."""
        self._borrowed[interface] += 1
        self._settle()
        link = self._links.get(interface)
        if link is None:
            self.give_back(interface)
            raise PortLost(f"{interface} is down or away")
        return link

    def give_back(self, interface: str) -> None:
        """End a use."""
        self._borrowed[interface] -= 1
        if self._borrowed[interface] <= 0:
            del self._borrowed[interface]
        self._settle()

    def lose(self, interface: str) -> None:
        """Note that an interface went down or away."""
        self._close(interface)
        if interface in self._wanted():
            self._lost[interface] = None

    def check(self) -> bool:
        """Look whether interfaces went or came back, once a second; whether any did."""
        now = self._clock.monotonic()
        if now < self._next_check:
            return False
        self._next_check = now + CHECK_INTERVAL_S
        before = self.lost
        present = self._present()
        for name, link in list(self._links.items()):
            self._count_drops(link)
            own = present.get(name)
            if own is None or own.index != link.own.index or not own.running:
                self.lose(name)
            elif own != link.own:
                link.own = own
                link.watcher.belief.update(own)
        self._settle()
        return self.lost != before

    def close(self) -> None:
        """Close every port."""
        self._watched = ()
        self._borrowed.clear()
        self._settle()

    def _wanted(self) -> set[str]:
        return {*self._watched, *self._borrowed}

    def _present(self) -> dict[str, OwnLink]:
        return {own.name: own for own in self._network.own_links()}

    def _settle(self) -> None:
        """Close what nobody needs, open what somebody does."""
        wanted = self._wanted()
        for name in [name for name in self._links if name not in wanted]:
            self._close(name)
        for name in [name for name in self._lost if name not in wanted]:
            del self._lost[name]
        missing = sorted(wanted - self._links.keys())
        if missing:
            present = self._present()
            for name in missing:
                self._open(name, present.get(name))

    def _open(self, name: str, own: OwnLink | None) -> None:
        if own is None or not own.mac or not own.running:
            self._lost[name] = None
            return
        try:
            port = self._network.open_link(name)
        except PortLost:
            self._lost[name] = None
            return
        link = Link(own, Watcher(name, Belief(own), self.malformed, self._token))
        link.port = port
        self._links[name] = link
        self._lost.pop(name, None)
        self._selector.register(
            port.fileno(), selectors.EVENT_READ, lambda _events: self._drain(name, link)
        )

    def _close(self, name: str) -> None:
        link = self._links.pop(name, None)
        if link is not None and link.port is not None:
            self._count_drops(link)
            self._selector.unregister(link.port.fileno())
            link.port.close()
            link.port = None

    def _count_drops(self, link: Link) -> None:
        if link.port is not None:
            self.dropped += link.port.take_drops()

    def _drain(self, name: str, link: Link) -> None:
        port = link.port
        if port is None:
            return
        frames: list[bytes] = []
        receive, take, is_lost = port.receive, frames.append, False
        try:
            for _ in range(self._drain_limit):
                take(receive())
        except BlockingIOError:
            pass
        except PortLost:
            is_lost = True
        self.received += len(frames)
        self._heard(link, frames)
        if is_lost:
            self.lose(name)
