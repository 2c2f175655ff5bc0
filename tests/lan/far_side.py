"""What lies beyond the lab's router: a far network with its own hosts, anchors, DNS and filters."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from agent.lab import Host, LabHost, Lan, daemons
from agent.lab.daemons import Daemon
from agent.lab.namespaces import Namespace

IPV4 = "198.51.100"
IPV6 = "2001:db8:ff:"
UP_MAC, FAR_MAC = "02:00:00:00:ff:01", "02:00:00:00:ff:02"
HOSTS = (11, 12, 13, 53, 54, 80)
NAT64_PREFIX = "2001:db8:64::/96"


class FarSide:
    """A network behind a router of a LAN; it ends with `close`, or with the LAN."""

    def __init__(self, lan: Lan, router: LabHost) -> None:
        self.router = router
        self._lan = lan
        self.namespace = Namespace(
            "inet",
            [
                ("net/ipv6/conf/default/disable_ipv6", "0"),
                ("net/ipv6/conf/default/accept_dad", "0"),
                ("net/ipv6/conf/default/accept_ra", "0"),
            ],
        )
        far, near = self.namespace.netlink, router.namespace.netlink
        far.add_bridge("eth0", forward_groups=0)
        far.add_port("p0", "up0", router.namespace.fd, UP_MAC, "eth0")
        far.set_up("eth0")
        for number in HOSTS:
            far.add_address("eth0", ipaddress.IPv4Interface(f"{IPV4}.{number}/24"))
            far.add_address("eth0", ipaddress.IPv6Interface(f"{IPV6}:{number}/64"), nodad=True)
        near.add_address("up0", ipaddress.IPv4Interface(f"{IPV4}.1/24"))
        near.add_address("up0", ipaddress.IPv6Interface(f"{IPV6}:1/64"), nodad=True)
        near.set_up("up0")
        gateway4, gateway6 = map(ipaddress.ip_address, (f"{IPV4}.1", f"{IPV6}:1"))
        far.add_route("eth0", ipaddress.IPv4Network("0.0.0.0/0"), gateway4.packed)
        far.add_route("eth0", ipaddress.IPv6Network("::/0"), gateway6.packed)
        plan = Host(name="inet", kind="server", mac=FAR_MAC)
        assert lan._keeper is not None
        self.host = LabHost(plan, self.namespace, self.namespace, (), lan._keeper)

    def close(self) -> None:
        self.namespace.close()

    def start_dns(self, lines: str) -> Daemon:
        """dnsmasq on all far addresses; unknown names do not exist."""
        folder = self._lan.folder("far-dns")
        config = folder / "dnsmasq.conf"
        config.write_text(f"port=53\nno-resolv\nno-hosts\nlocal=/#/\nlocal-ttl=1\n{lines}\n")
        argv = ["--no-daemon", f"--conf-file={config}", "--user=root"]
        return daemons._start("dnsmasq", self.host, argv, folder, table="udp", port=53)

    def start_resolver(self, *, dns64: bool) -> Daemon:
        """unbound on the router, which asks the far DNS."""
        folder = self._lan.folder("unbound")
        modules = "dns64 iterator" if dns64 else "iterator"
        config = folder / "unbound.conf"
        config.write_text(
            "server:\n interface: 10.66.7.1\n interface: 2001:db8:66:7::1\n"
            " access-control: 0.0.0.0/0 allow\n access-control: ::/0 allow\n"
            f' username: ""\n chroot: ""\n directory: "{folder}"\n pidfile: ""\n'
            " use-syslog: no\n do-daemonize: no\n do-not-query-localhost: no\n"
            " qname-minimisation: no\n num-threads: 1\n"
            " cache-max-ttl: 0\n cache-max-negative-ttl: 0\n"
            f' module-config: "{modules}"\n dns64-prefix: {NAT64_PREFIX}\n'
            ' local-zone: "ipv4only.arpa." nodefault\n'
            f'forward-zone:\n name: "."\n forward-addr: {IPV4}.53\n'
            "remote-control:\n control-enable: no\n"
        )
        return daemons._start(
            "unbound", self.router, ["-d", "-c", str(config)], folder, table="udp", port=53
        )

    def start_nat64(self) -> Daemon:
        """tayga on the router, between the prefix and a pool that the far side can answer to."""
        folder = self._lan.folder("tayga")
        config = folder / "tayga.conf"
        config.write_text(
            f"tun-device nat64\nipv4-addr 100.64.0.1\nipv6-addr 2001:db8:64:1::1\n"
            f"prefix {NAT64_PREFIX}\ndynamic-pool 100.64.0.0/24\ndata-dir {folder}\n"
        )
        program = daemons.available("tayga")
        assert program is not None
        self.router.run([program, "-c", str(config), "--mktun"], check=True)
        for command in (
            "ip link set nat64 up",
            "ip route add 100.64.0.0/24 dev nat64",
            f"ip -6 route add {NAT64_PREFIX} dev nat64",
        ):
            self.router.run(command.split(), check=True)
        return Daemon(
            "tayga",
            self.router.popen([program, "-c", str(config), "-d"]),
            Path(folder, "log"),
        )

    @contextlib.contextmanager
    def rules(self, host: LabHost, text: str) -> Iterator[None]:
        """A table `fault` of nft(8) in a host, for a while."""
        family, _, chains = text.partition(" ")
        host.run(["nft", f"table {family} fault {{ {chains}; }}"], check=True)
        try:
            yield
        finally:
            host.run(["nft", f"delete table {family} fault"], check=True)


class Sinks:
    """TCP servers that take connections, read all that comes and close when the peer does."""

    def __init__(self, namespace: Namespace, *ports: int) -> None:
        self._sockets = [self._listen(namespace, port) for port in ports]
        self._threads = [
            threading.Thread(target=self._serve, args=(one,), daemon=True) for one in self._sockets
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    @staticmethod
    def _listen(namespace: Namespace, port: int) -> socket.socket:
        listening = namespace.socket(socket.AF_INET6, socket.SOCK_STREAM)
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("::", port))
        listening.listen(64)
        return listening

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._drain, args=(connection,), daemon=True).start()

    @staticmethod
    def _drain(connection: socket.socket) -> None:
        connection.settimeout(30)
        with connection, contextlib.suppress(OSError):
            while connection.recv(65536):
                pass


class Nonsense:
    """A resolver that answers over UDP with what no resolver should say.

    `circle`: aliases that lead back; `garbage`: octets that are no message; `other`: a well-formed
    answer for a name that nobody asked for.
    """

    def __init__(self, namespace: Namespace, kind: str) -> None:
        self._kind = kind
        self._socket = namespace.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._socket.bind(("::", 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # not connected, and woken all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            self._socket.sendto(self._answer(data), peer)

    def _answer(self, data: bytes) -> bytes:
        import dns.message
        import dns.rrset

        if self._kind == "garbage":
            return data[:2] + b"\xff" * 40
        answer = dns.message.make_response(dns.message.from_wire(data))
        name = answer.question[0].name.to_text()
        if self._kind == "other":
            answer.answer.append(dns.rrset.from_text("evil.example.", 60, "IN", "AAAA", "::bad"))
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"x.{name}"))
            answer.answer.append(dns.rrset.from_text(f"x.{name}", 60, "IN", "CNAME", name))
        return answer.to_wire()
