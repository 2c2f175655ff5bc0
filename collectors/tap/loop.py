"""The tap's one thread: hear, send at pace, tell the agent; nothing here may block or die."""

import selectors
from collections import Counter, deque
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Final

from collectors.observation import AddressSeen, AnyObservation
from collectors.tap.bucket import TokenBucket
from collectors.tap.coalesce import Coalescer
from collectors.tap.fence import Fence, Refused
from collectors.tap.job import Job
from collectors.tap.links import Link, Links, Selector
from collectors.tap.messages import (
    ArpSweep,
    Cancel,
    Command,
    Counters,
    DhcpCensus,
    EchoProbe,
    EchoSweep,
    Finished,
    LinkQuery,
    NeighbourCompare,
    Planned,
    Progress,
    Solicit,
    Watch,
)
from collectors.tap.own import OwnLink
from collectors.tap.plan import plan
from collectors.tap.protocol import Outbox
from collectors.tap.repeats import Said, asks_at, key_of
from collectors.tap.sockets import Network, Port, PortLost
from collectors.tap.sweep import Clock, Sweep
from collectors.tap.sweep_addresses import EchoProber, NoSource, Solicitor
from collectors.tap.sweep_arp import ArpSweeper
from collectors.tap.sweep_compare import NeighbourComparer
from collectors.tap.sweep_dhcp import DhcpAsker
from collectors.tap.sweep_echo import EchoSweeper
from collectors.tap.sweep_link import LinkQuerier
from collectors.tap.trunk import Trunks

QUANTUM: Final = 64  # frames that one job sends before the loop hears again
MAX_JOBS: Final = 64
PROGRESS_INTERVAL_S: Final = 0.2
COUNTERS_INTERVAL_S: Final = 5.0
ASKINGS_INTERVAL_S: Final = 1.0


class Loop:
    """Carries out commands and watches, one `turn` at a time; what comes of it goes to `outbox`."""

    def __init__(
        self,
        network: Network,
        selector: Selector,
        clock: Clock,
        fence: Fence,
        bucket: TokenBucket,
        token: bytes,
        outbox: Outbox,
        dry_run: bool = False,
    ) -> None:
        self._network = network
        self._selector = selector
        self._clock = clock
        self._fence = fence
        self._bucket = bucket
        self._token = token
        self._outbox = outbox
        self._dry_run = dry_run
        self._links = Links(network, selector, clock, token, self._hear)
        self._coalescer = Coalescer()
        self._trunks = Trunks(
            network.open_tagged,
            selector, token, self._links.malformed, self._hear_tagged, clock.time,
        )  # fmt: skip
        self._jobs: deque[Job] = deque()
        self._echo_port: Port | None = None
        self._sent: Counter[str] = Counter()
        self._last_counters = clock.monotonic()
        self._last_progress = clock.monotonic()
        self._last_askings = clock.monotonic()

    def handle(self, command: Command) -> None:
        """Begin a command; what the tap will not or cannot do ends with an error at once."""
        if isinstance(command, Cancel):
            self._cancel(command)
            return
        try:
            self._fence.require_allowed(command)
            if self._dry_run:
                self._plan(command)
            elif isinstance(command, Watch):
                self._links.watch(command.interfaces)
                self._trunks.follow(self._links.watching, self._network.own_links())
                self._outbox.put_event(Finished(id=command.id))
                self._outbox.put_event(self.counters())
            else:
                self._begin(command)
        except (Refused, NoSource, PortLost) as error:
            self._outbox.put_event(Finished(id=command.id, error=str(error)))
        except OSError as error:
            self._outbox.put_event(Finished(id=command.id, error=f"raw socket: {error.strerror}"))

    def turn(self, longest_s: float) -> None:
        """Wait for what comes first, at most `longest_s`; hear, send, report."""
        for key, events in self._selector.select(self._timeout(longest_s)):
            key.data(events)
        self._send()
        if self._links.check():
            self._trunks.follow(self._links.watching, self._network.own_links())
            self._fail_lost()
            self._outbox.put_event(self.counters())
        self._report()

    def counters(self) -> Counters:
        """The totals now; `dropped` counts frames in the kernel and observations in the outbox."""
        return Counters(
            received=self._links.received + self._trunks.received,
            dropped=self._links.dropped + self._outbox.dropped,
            malformed=dict(self._links.malformed),
            sent=dict(self._sent),
            watching=self._links.watching,
            lost_links=self._links.lost,
            overflowed=self._outbox.dropped,
        )

    def stop(self) -> None:
        """Forget all jobs and close every port."""
        self._jobs.clear()
        self._close_echo()
        self._trunks.close()
        self._links.close()

    def emit(self, observation: AnyObservation) -> None:
        """Pass on what a sweep concluded."""
        self._outbox.put_observation(observation)

    def release(self, address: str) -> None:
        """Let the next sightings of an address through."""
        self._coalescer.release(address)

    def _timeout(self, longest_s: float) -> float:
        now = self._clock.monotonic()
        wake = min(
            now + longest_s,
            self._links.next_check,
            self._last_counters + COUNTERS_INTERVAL_S,
            *(job.resume_at for job in self._jobs),
        )
        if any(job.resume_at <= now for job in self._jobs):
            wake = max(wake, now + self._bucket.delay())
        return max(0.0, wake - now)

    def _begin(self, command: "EchoSweep | _LinkCommand") -> None:
        if len(self._jobs) >= MAX_JOBS:
            raise Refused(f"{MAX_JOBS} commands are running already")
        if any(job.number == command.id for job in self._jobs):
            raise Refused(f"command {command.id} is running already")
        bucket = None
        if isinstance(command, Solicit | NeighbourCompare) and command.pace_per_second > 0:
            bucket = TokenBucket(command.pace_per_second, self._clock.monotonic)
        if isinstance(command, EchoSweep):
            echo = self._echo_sweeper(command)
            self._jobs.append(Job(command.id, echo, self._open_echo(), self._clock, bucket))
            return
        link = self._links.borrow(self._fence.link(command.sender).name)
        try:
            sweep = self._sweeper(command, link)
        except BaseException:
            self._links.give_back(link.own.name)
            raise
        assert link.port is not None
        self._jobs.append(Job(command.id, sweep, link.port, self._clock, bucket))

    def _sweeper(self, command: "_LinkCommand", link: Link) -> Sweep:
        own, clock = link.own, self._clock
        self._teach(command, link)
        if isinstance(command, ArpSweep):
            return ArpSweeper(command, own, self._fence.exclude, clock, self)
        if isinstance(command, LinkQuery):
            return LinkQuerier(command, own, clock, self, self._token)
        if isinstance(command, Solicit):
            return Solicitor(command, own, clock, self)
        if isinstance(command, DhcpCensus):
            return DhcpAsker(command, own, clock, self, self._token)
        if isinstance(command, NeighbourCompare):
            return NeighbourComparer(command, own, clock, self)
        return EchoProber(command, own, clock, self, self._token)

    def _teach(self, command: "_LinkCommand", link: Link) -> None:
        """An address that the agent asks for on a link is one that can be there."""
        if isinstance(command, ArpSweep):
            for text in command.networks:
                link.watcher.belief.allow(ip_network(text))
        elif isinstance(command, Solicit | EchoProbe | NeighbourCompare):
            for network in self._fence.networks_of(command.candidates):
                link.watcher.belief.allow(network)

    def _echo_sweeper(self, command: EchoSweep) -> EchoSweeper:
        own: tuple[OwnLink, ...] = self._network.own_links()
        return EchoSweeper(command, own, self._fence.exclude, self._clock, self, self._token)

    def _open_echo(self) -> Port:
        if self._echo_port is None:
            self._echo_port = self._network.open_echo()
            self._selector.register(
                self._echo_port.fileno(), selectors.EVENT_READ, lambda _events: self._drain_echo()
            )
        return self._echo_port

    def _close_echo(self) -> None:
        if self._echo_port is not None:
            self._selector.unregister(self._echo_port.fileno())
            self._echo_port.close()
            self._echo_port = None

    def _drain_echo(self) -> None:
        for _ in range(256):
            if self._echo_port is None:
                return
            try:
                packet = self._echo_port.receive()
            except OSError:  # nothing more, or an ICMP error that came back
                return
            for job in self._jobs:
                job.sweep.hear_packet(packet)

    def _plan(self, command: Command) -> None:
        lines = () if isinstance(command, Watch) else plan(command, self._fence.exclude)
        for start in range(0, len(lines), 1000):
            self._outbox.put_event(Planned(id=command.id, lines=tuple(lines[start : start + 1000])))
        self._outbox.put_event(Finished(id=command.id))

    def _cancel(self, command: Cancel) -> None:
        for job in self._jobs:
            if job.number == command.id:
                job.finish("cancelled")
        self._reap()

    def _send(self) -> None:
        """Give every job its turn, as far as the bucket allows."""
        for _ in range(len(self._jobs)):
            job = self._jobs[0]
            self._jobs.rotate(-1)
            if job.done or job.resume_at > self._clock.monotonic():
                continue
            allowance = self._bucket.take(QUANTUM)
            if not allowance:
                break
            self._bucket.give_back(allowance - job.pull(allowance, self._sent))
        self._reap()

    def _reap(self) -> None:
        ended = [job for job in self._jobs if job.done]
        if ended:
            self._outbox.put_event(self.counters())
        for job in ended:
            self._jobs.remove(job)
            if job.sweep.interface:
                self._links.give_back(job.sweep.interface)
            elif not any(not other.sweep.interface for other in self._jobs):
                self._close_echo()
            self._outbox.put_event(
                Finished(
                    id=job.number,
                    sent=job.sent,
                    received=job.sweep.received,
                    duration_s=self._clock.monotonic() - job.started,
                    error=job.error,
                )
            )

    def _fail_lost(self) -> None:
        lost = self._links.lost
        for job in self._jobs:
            if job.sweep.interface in lost:
                job.finish(f"{job.sweep.interface} went down or away")
        self._reap()

    def _hear(self, link: Link, frames: Sequence[bytes]) -> None:
        """The way of every frame: what was said within the second costs one look-up."""
        find, malformed = link.repeats.find, self._links.malformed
        belief, name = link.watcher.belief, link.own.name
        now, epoch = self._clock.time(), self._coalescer.epoch
        tallies = link.askings.tallies
        sweeps = [job.sweep for job in self._jobs if job.sweep.interface == name]
        for frame in frames:
            key = key_of(frame)
            said = find(key, belief.version) if key else None
            if said is None:
                said = Said(*link.watcher.judge(frame, now))
                said.asks = asks_at(key, said)
                if key:
                    link.repeats.keep(key, said)
            if said.reason:
                malformed[said.reason] += 1
            if not said.observations:
                continue
            for sweep in sweeps:
                for observation in said.observations:
                    sweep.hear(observation)
            if said.epoch != epoch or not said.quiet_from <= now < said.quiet_until:
                self._tell(said, now, epoch)
            if said.asks is not None:
                tally = tallies.get(frame[6:12] + frame[said.asks])
                if tally is not None:
                    tally.count += 1
                    tally.last = now
                elif link.askings.admits(now):
                    self._asked(link, said, frame, now)

    def _asked(self, link: Link, said: Said, frame: bytes, now: float) -> None:
        """A station asks for an address for the first time in a while."""
        assert said.asks is not None
        said.heard_at(now)
        seen = said.observations[0]
        assert isinstance(seen, AddressSeen)
        asked = link.askings.begin(frame[6:12], frame[said.asks], seen)
        if asked is not None:
            self._outbox.put_observation(asked)

    def _tell_askings(self) -> None:
        now = self._clock.time()
        for link in self._links.in_use:
            for asked in link.askings.due(now):
                self._outbox.put_observation(asked)
            if link.askings.refused:
                self._links.malformed["too_many_asks"] += link.askings.refused
                link.askings.refused = 0

    def _tell(self, said: Said, now: float, epoch: int) -> None:
        """Pass on what is news; then be quiet about it for as long as the coalescer would be."""
        coalescer = self._coalescer
        said.heard_at(now)
        for observation in coalescer.fresh(said.observations):
            self._outbox.put_observation(observation)
        said.quiet_from, said.epoch = now, epoch
        said.quiet_until = min(map(coalescer.due, said.observations))

    def _hear_tagged(self, observations: Sequence[AnyObservation]) -> None:
        """What was said in another VLAN answers no command: we have no address there."""
        for observation in self._coalescer.fresh(observations):
            self._outbox.put_observation(observation)

    def _report(self) -> None:
        now = self._clock.monotonic()
        if now - self._last_askings >= ASKINGS_INTERVAL_S:
            self._last_askings = now
            self._tell_askings()
        if now - self._last_counters >= COUNTERS_INTERVAL_S:
            self._last_counters = now
            self._trunks.follow(self._links.watching, self._network.own_links())
            self._outbox.put_event(self.counters())
        if self._jobs and now - self._last_progress >= PROGRESS_INTERVAL_S:
            self._last_progress = now
            for job in self._jobs:
                total = max(job.sweep.total, job.sent)
                self._outbox.put_event(Progress(id=job.number, done=job.sent, total=total))


_LinkCommand = ArpSweep | LinkQuery | Solicit | EchoProbe | DhcpCensus | NeighbourCompare
