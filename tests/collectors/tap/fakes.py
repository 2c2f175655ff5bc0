"""A machine without sockets and without time: what the tap stands on, under the test's control."""

import selectors
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Interface, IPv6Interface

from collectors.observation import AnyObservation
from collectors.tap.own import OwnLink
from collectors.tap.sockets import Port, PortLost
from collectors.tap.sweep import Step, Sweep
from collectors.tap.tagged_port import TaggedPort
from collectors.wire.errors import Buffer

MAC = "02:00:00:00:00:01"
LINK = OwnLink(
    name="eth0",
    index=2,
    mac=MAC,
    running=True,
    addresses=(
        IPv4Interface("10.66.7.2/24"),
        IPv6Interface("fe80::2/64"),
        IPv6Interface("2001:db8:66:7::2/64"),
    ),
)
BARE_LINK = OwnLink(name="eth1", index=3, mac="02:00:00:00:00:02", running=True)


class FakeClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1_700_000_000.0


class FakePort:
    """Keeps what is sent; `answers` makes frames that come back at once."""

    def __init__(self, number: int, answers: Callable[[bytes], Iterable[bytes]]) -> None:
        self.number = number
        self.sent: list[bytes] = []
        self.inbox: deque[bytes] = deque()
        self.full = False
        self.lost = False
        self.refusal: OSError | None = None
        self.drops = 0
        self.closed = False
        self._answers = answers

    def fileno(self) -> int:
        return self.number

    def send(self, frame: Buffer) -> None:
        if self.lost:
            raise PortLost("eth0: Network is down")
        if self.full:
            raise BlockingIOError
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(bytes(frame))
        self.inbox.extend(self._answers(bytes(frame)))

    def receive(self) -> bytes:
        if self.lost:
            raise PortLost("eth0: Network is down")
        if not self.inbox:
            raise BlockingIOError
        return self.inbox.popleft()

    def take_drops(self) -> int:
        drops, self.drops = self.drops, 0
        return drops

    def close(self) -> None:
        self.closed = True


class FakeTaggedPort:
    """Gives frames with the VLAN that was taken from them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.inbox: deque[tuple[int, bytes]] = deque()
        self.lost = False
        self.closed = False

    def fileno(self) -> int:
        return self.number

    def receive(self) -> tuple[int, bytes]:
        if self.lost:
            raise PortLost("eth0: Network is down")
        if not self.inbox:
            raise BlockingIOError
        return self.inbox.popleft()

    def close(self) -> None:
        self.closed = True


class FakeNetwork:
    """Interfaces that come and go as the test says."""

    def __init__(
        self,
        links: tuple[OwnLink, ...] = (LINK, BARE_LINK),
        answers: Callable[[bytes], Iterable[bytes]] = lambda frame: (),
    ) -> None:
        self.links = links
        self.ports: list[FakePort] = []
        self.echo_ports: list[FakePort] = []
        self.trunks: set[str] = set()
        self.tagged_ports: list[FakeTaggedPort] = []
        self._answers = answers

    def own_links(self) -> tuple[OwnLink, ...]:
        return self.links

    def open_link(self, interface: str) -> Port:
        if interface not in {link.name for link in self.links}:
            raise PortLost(f"{interface}: No such device")
        self.ports.append(FakePort(len(self.ports) + 10, self._answers))
        return self.ports[-1]

    def open_tagged(self, interface: str) -> TaggedPort:
        if interface not in self.trunks:
            raise PortLost(f"{interface}: no trunk")
        self.tagged_ports.append(FakeTaggedPort(len(self.tagged_ports) + 200))
        return self.tagged_ports[-1]

    def open_echo(self) -> Port:
        self.echo_ports.append(FakePort(len(self.echo_ports) + 100, self._answers))
        return self.echo_ports[-1]


class FakeSelector:
    """Ready is what has something in its inbox; waiting moves the clock instead of taking time."""

    def __init__(self, clock: FakeClock, network: FakeNetwork) -> None:
        self._clock = clock
        self._network = network
        self.registered: dict[int, tuple[int, Callable[[int], None]]] = {}
        self.waits: list[float] = []

    def register(self, fileobj: int, events: int, data: Callable[[int], None]) -> object:
        assert fileobj not in self.registered
        self.registered[fileobj] = (events, data)
        return None

    def modify(self, fileobj: int, events: int, data: Callable[[int], None]) -> object:
        self.registered[fileobj] = (events, data)
        return None

    def unregister(self, fileobj: int) -> object:
        del self.registered[fileobj]
        return None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ports: tuple[FakePort | FakeTaggedPort, ...] = (
            *self._network.ports,
            *self._network.echo_ports,
            *self._network.tagged_ports,
        )
        ready = [
            (
                selectors.SelectorKey(number, number, events, data),
                selectors.EVENT_READ,
            )
            for number, (events, data) in self.registered.items()
            if any(port.number == number and (port.inbox or port.lost) for port in ports)
        ]
        if not ready and timeout:
            self.waits.append(timeout)
            self._clock.now += timeout
        return ready


class FakeOutlet:
    """Keeps what a sweep says."""

    def __init__(self) -> None:
        self.observations: list[AnyObservation] = []
        self.released: list[str] = []

    def emit(self, observation: AnyObservation) -> None:
        self.observations.append(observation)

    def release(self, address: str) -> None:
        self.released.append(address)


def drive(
    sweep: Sweep,
    clock: FakeClock,
    hear: Callable[[bytes], Iterable[AnyObservation]] = lambda frame: (),
    pace: float = 1000.0,
) -> Iterator[tuple[float, bytes]]:
    """Run a sweep to its end; yield when each frame went out and what it was."""
    steps: Iterator[Step] = sweep.steps()
    for step in steps:
        if isinstance(step, float):
            clock.now = max(clock.now, step)
            continue
        frame = bytes(step)
        clock.now += 1 / pace
        yield clock.now, frame
        for observation in hear(frame):
            sweep.hear(observation)
