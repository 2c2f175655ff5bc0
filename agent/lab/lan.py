"""Build a LAN of real hosts from a plan, and take it away again without a trace."""

import contextlib
import ipaddress
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from agent.lab import assembly, daemons, settings
from agent.lab.host import LabHost
from agent.lab.namespaces import LabError, Namespace, prepare
from agent.lab.offers import DhcpServer, DnsServer, Offer, RouterAdvertiser
from agent.lab.processes import Keeper
from agent.lab.services import dns_server
from agent.lab.services.cast import start_offers
from agent.lab.services.stage import Received, Stage
from agent.lab.topology import LanPlan
from agent.lab.truth import HostTruth


class Lan:
    """A running LAN. Leaving the context, or ending the process in any way, removes all of it.

    `agent` is the host in which the agent runs, `hosts` are the others by name, `remarks` says in
    plain sentences where this machine could not do what the plan asks, and what was done instead.
    `received` is what TCP services were sent, in order.
    """

    def __init__(self, plan: LanPlan, *, real_daemons: bool = True, join: bool = True) -> None:
        """Build it; see `build`. Raises LabUnavailable, LabError."""
        self.plan = plan
        self._real = real_daemons
        self.hosts: dict[str, LabHost] = {}
        self.remarks: list[str] = []
        self.received: list[Received] = []
        self._folders = 0
        self._joined = False
        self._namespaces: list[Namespace] = []
        self._keeper: Keeper | None = None
        self._stage: Stage | None = None
        try:
            self._build()
            if join:
                self.join()
        except BaseException:
            self.close()
            raise

    def truth(self) -> dict[str, HostTruth]:
        """The ground truth of all hosts but the agent, by name."""
        return {name: host.truth() for name, host in self.hosts.items()}

    def join(self) -> None:
        """Switch on the hosts that are still off; returns when all have their addresses.

        They do what hosts do when they join: test their addresses, report their groups, solicit
        routers. DHCP and DNS of the routers start with them. LabError when one does not get there.
        """
        if self._joined:
            return
        self._joined = True
        self._start(host for host in self.hosts.values() if "router" not in host.plan.behaviours)
        self.settle()
        for host in (self.agent, *self.hosts.values()):
            host.sysctl(*settings.after_settling(host.plan))
            self._perform(host)

    def settle(self, hosts: Iterable[LabHost] | None = None, timeout_s: float = 15.0) -> None:
        """Wait until the kernels have made all addresses and tested them for duplicates.

        Looks at flags, does not guess at times. LabError says which host lacks what.
        """
        waiting = list(hosts if hosts is not None else [self.agent, *self.hosts.values()])
        deadline = time.monotonic() + timeout_s
        while True:
            waiting = [host for host in waiting if self._missing(host)]
            if not waiting:
                return
            if time.monotonic() > deadline:
                lacks = "; ".join(f"{host.name}: {self._missing(host)}" for host in waiting[:5])
                raise LabError(f"{len(waiting)} hosts did not get their addresses: {lacks}")
            time.sleep(0.02)

    def folder(self, name: str) -> Path:
        """A new private folder for a daemon's files; it disappears with the lab."""
        assert self._keeper is not None
        self._folders += 1
        path = self._keeper.folder / f"{self._folders}-{name}"
        path.mkdir()
        return path

    def close(self) -> None:
        """Stop services, kill processes, let go of all namespaces; may be called twice."""
        with contextlib.ExitStack() as stack:  # each step, whatever happens in the one before
            while self._namespaces:
                stack.callback(self._namespaces.pop(0).close)
            if self._keeper is not None:
                stack.callback(self._keeper.close)
                self._keeper = None
            if self._stage is not None:
                stack.callback(self._stage.close)
                self._stage = None

    def __enter__(self) -> "Lan":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _build(self) -> None:
        prepare()
        self._keeper = Keeper()
        self._stage = Stage()
        for planned in self.plan.hosts:
            for offer in planned.offers:
                if isinstance(offer, DnsServer):
                    servers = [one for one in (planned.ipv4, *planned.ipv6_static) if one]
                    self._keeper.resolve_with(servers, offer.zone)
        switch = assembly.make_switch()
        self._namespaces.append(switch)
        port = 0
        built = []
        for planned in (self.plan.agent, *self.plan.hosts):
            made = assembly.make_host(self.plan, planned, switch, port, self._keeper)
            self._namespaces.append(made.namespace)
            port += len(planned.nics)
            built.append(made)
        self.agent = built[0]
        self.hosts = {host.name: host for host in built[1:]}
        # Routers speak first, so that the solicitation of every host is answered at once.
        routers = [host for host in built if "router" in host.plan.behaviours]
        self._start(routers)
        self.settle(routers)
        for host in routers:
            self._advertise(host)
        if self.agent not in routers:
            self._start([self.agent])
            self.settle([self.agent])

    def _start(self, hosts: Iterable[LabHost]) -> None:
        for host in hosts:
            remark = assembly.start_host(self.plan, host)
            if remark is not None:
                self.remarks.append(remark)

    def _advertise(self, host: LabHost) -> None:
        for offer in host.plan.offers:
            if not isinstance(offer, RouterAdvertiser):
                continue
            if self._use("radvd", host, "its advertisements come") and offer.pref64 is None:
                daemons.start_radvd(host, offer, self.folder("radvd"))
            else:
                self._play(host, (offer,))

    def _perform(self, host: LabHost) -> None:
        rest = [one for one in host.plan.offers if not isinstance(one, RouterAdvertiser)]
        dhcp = next((one for one in rest if isinstance(one, DhcpServer)), None)
        dns = next((one for one in rest if isinstance(one, DnsServer)), None)
        if (dhcp or dns) and self._use("dnsmasq", host, "its DHCP and DNS come"):
            known = {} if dns is None else dns_server.forward_names(dns.zone, self.truth())
            folder = self.folder("dnsmasq")
            daemons.start_dnsmasq(host, self.plan, dhcp, dns, known, folder)
            rest = [one for one in rest if not isinstance(one, DhcpServer | DnsServer)]
        self._play(host, rest)

    def _use(self, program: str, host: LabHost, what: str) -> bool:
        """Whether to use a real daemon; leaves a remark when it should be but is not there."""
        if not self._real:
            return False
        if daemons.available(program) is not None:
            return True
        self.remarks.append(
            f"{host.name}: {program} is not installed; {what} from a small server of the lab's own"
        )
        return False

    def _play(self, host: LabHost, offers: Sequence[Offer]) -> None:
        assert self._stage is not None
        start_offers(self.plan, host, offers, self._stage, self._record, self.truth)

    def _record(self, received: Received) -> None:
        if len(self.received) < MAX_RECEIVED:
            self.received.append(received)

    def _missing(self, host: LabHost) -> str:
        """What the host still lacks; empty when it is settled."""
        truth = host.truth()
        prefixes = self.plan.autoconfigured
        for nic, card in zip(host.plan.nics, truth.interfaces, strict=True):
            if nic.ipv6 == "none":
                continue
            if any("tentative" in one.flags for one in card.ipv6):
                return f"{card.name} is testing an address for duplicates"
            if not any(one.scope == "link" for one in card.ipv6):
                return f"{card.name} has no link-local address"
            if nic.ipv6 == "static" or "router" in host.plan.behaviours:
                continue
            for prefix in prefixes:
                inside = [one for one in card.ipv6 if ipaddress.IPv6Address(one.address) in prefix]
                if not any("temporary" not in one.flags for one in inside):
                    return f"{card.name} has no address in {prefix}"
                if nic.ipv6 == "temporary" and not any("temporary" in o.flags for o in inside):
                    return f"{card.name} has no temporary address in {prefix}"
        return ""


MAX_RECEIVED = 10_000


def build(plan: LanPlan, *, real_daemons: bool = True, join: bool = True) -> Lan:
    """Build the LAN of a plan: `with build(office()) as lan:`. Needs root or user namespaces.

    Router advertisements, DHCP and DNS come from radvd and dnsmasq where these are installed,
    unless `real_daemons` is false; else from small servers of the lab's own. Returns when every
    host has its addresses; with `join=False` only routers and the agent are on, until `lan.join()`.

    The agent runs inside as a program, with a socket that was opened outside if it wants one:
    `lan.agent.popen([sys.executable, …], pass_fds=[sock.fileno()])`.

    Raises LabUnavailable (the machine forbids it) and LabError (something in the plan failed).
    """
    return Lan(plan, real_daemons=real_daemons, join=join)
