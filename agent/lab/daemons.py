"""Real daemons inside the lab's hosts, each with a private folder for its files.

Every starter returns when the daemon serves, and raises LabError with what the daemon said when it
does not. They stay in the foreground and end with the lab.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.lab.daemon_files import (
    avahi_service,
    dnsmasq_config,
    nginx_config,
    radvd_config,
    snmpd_config,
    sshd_config,
)
from agent.lab.host import LabHost
from agent.lab.namespaces import LabError
from agent.lab.offers import DhcpServer, DnsServer, RouterAdvertiser
from agent.lab.processes import PROGRAM_PATH
from agent.lab.services.certificate import self_signed
from agent.lab.topology import LanPlan

START_S = 10.0


class Daemon:
    """A running daemon; `stop()` ends it before the lab does."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it wrote to its standard error and output."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end, then make it."""
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def available(program: str) -> str | None:
    """Path of a program, also in the folders that only root has in its PATH; None if absent."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{PROGRAM_PATH}")


def start_radvd(host: LabHost, offer: RouterAdvertiser, folder: Path, more: str = "") -> Daemon:
    """Router advertisements on eth0; `more` are lines of radvd.conf(5) for that interface."""
    config = _write(folder / "radvd.conf", radvd_config(offer, more))
    argv = ["-n", "-m", "stderr_clean", "-C", str(config), "-p", str(folder / "radvd.pid")]
    return _start("radvd", host, argv, folder, table="raw6", port=58)


def start_dnsmasq(
    host: LabHost,
    plan: LanPlan,
    dhcp: DhcpServer | None,
    dns: DnsServer | None,
    names: Mapping[str, Sequence[str]],
    folder: Path,
) -> Daemon:
    """DHCPv4 and DNS on eth0; `names` are fully qualified names with their addresses."""
    config = _write(folder / "dnsmasq.conf", dnsmasq_config(plan, dhcp, dns, names, folder))
    # Without this mode it changes to a user that a user namespace does not have.
    argv = ["--no-daemon", f"--conf-file={config}"]
    return _start("dnsmasq", host, argv, folder, table="udp", port=67 if dhcp else 53)


def start_avahi(
    host: LabHost, folder: Path, services: Mapping[str, tuple[str, int]] | None = None
) -> Daemon:
    """An mDNS responder for the host's name; `services` are name → (type, port). Root only."""
    config = _write(
        folder / "avahi-daemon.conf",
        f"[server]\nhost-name={host.name}\nuse-ipv4=yes\nuse-ipv6=yes\nallow-interfaces=eth0\n"
        "enable-dbus=no\n[publish]\npublish-hinfo=no\npublish-workstation=no\n"
        "publish-aaaa-on-ipv4=yes\npublish-a-on-ipv6=yes\n[rlimits]\n",
    )
    published = folder / "services"
    published.mkdir()
    for name, (kind, port) in (services or {}).items():
        _write(published / f"{name}.service", avahi_service(name, kind, port))
    argv = ["--no-drop-root", "--no-chroot", "--no-rlimits", "-f", str(config)]
    return _start(
        "avahi-daemon",
        host,
        argv,
        folder,
        table="udp",
        port=5353,
        private={"/run": "", "/etc/avahi/services": str(published)},
    )


def start_sshd(
    host: LabHost, folder: Path, port: int = 22, kind: str = "ed25519", more: str = ""
) -> Daemon:
    """An SSH server that lets nobody in. Root only: it needs several users.

    Its key is of a type of ssh-keygen(1), in the file `host_key`; `more` are lines of its
    configuration.
    """
    key = folder / "host_key"
    program = available("ssh-keygen")
    if program is None:
        raise LabError("ssh-keygen is not installed")
    host.run([program, "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
    config = _write(folder / "sshd_config", sshd_config(key, port, folder, more))
    return _start(
        "sshd",
        host,
        ["-D", "-e", "-f", str(config)],
        folder,
        table="tcp",
        port=port,
        private={"/run": "sshd"},
    )


def start_nginx(
    host: LabHost, folder: Path, title: str, port: int = 80, secure_port: int | None = None
) -> Daemon:
    """A web server with one page; over TLS as well with a certificate that signs itself."""
    pages = folder / "pages"
    pages.mkdir()
    _write(pages / "index.html", f"<!DOCTYPE html><title>{title}</title><h1>{title}</h1>\n")
    pem = folder / "server.pem"
    if secure_port is not None:
        pem.write_bytes(self_signed(host.name))
    config = _write(folder / "nginx.conf", nginx_config(pages, folder, port, secure_port, str(pem)))
    argv = ["-c", str(config), "-p", str(folder), "-e", "stderr"]
    return _start("nginx", host, argv, folder, table="tcp", port=port)


def start_snmpd(host: LabHost, folder: Path, community: str = "public", more: str = "") -> Daemon:
    """An SNMP agent over IPv4 and IPv6 that shows mib-2; `more` are lines of its configuration."""
    config = _write(folder / "snmpd.conf", snmpd_config(host.name, community) + more)
    argv = ["-f", "-Le", "-C", "-c", str(config), "-p", str(folder / "snmpd.pid")]
    argv += ["udp:161", "udp6:161"]
    return _start(
        "snmpd",
        host,
        argv,
        folder,
        table="udp",
        port=161,
        env={"SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""},
    )


def start_wsdd(host: LabHost, folder: Path) -> Daemon:
    """A WS-Discovery responder, as a Samba host runs beside it to be seen by Windows."""
    argv = ["-i", "eth0", "-n", host.name, "-s"]
    return _start("wsdd", host, argv, folder, table="udp", port=3702)


def start_minidlna(host: LabHost, folder: Path, name: str) -> Daemon:
    """A UPnP media server: answers SSDP searches and describes itself on port 8200."""
    media = folder / "media"
    media.mkdir()
    config = _write(
        folder / "minidlna.conf",
        f"network_interface=eth0\nport=8200\nmedia_dir={media}\nfriendly_name={name}\n"
        f"db_dir={folder}\nlog_dir={folder}\nmodel_number=DS-1\nserial=SN-4711-LAB\n"
        "inotify=no\nnotify_interval=60\n",
    )
    argv = ["-S", "-f", str(config), "-P", str(folder / "minidlna.pid")]
    return _start("minidlnad", host, argv, folder, table="tcp", port=8200)


def _start(
    name: str,
    host: LabHost,
    argv: Sequence[str],
    folder: Path,
    *,
    table: str,
    port: int,
    private: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Daemon:
    program = available(name)
    if program is None:
        raise LabError(f"{name} is not installed")
    path = folder / f"{name}.log"
    with path.open("wb") as log:
        process = host.popen(
            [program, *argv],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"PATH": PROGRAM_PATH, **(env or {})},
            cwd=str(folder),
            private=private,
        )
    daemon = Daemon(name, process, path)
    deadline = time.monotonic() + START_S
    while not _bound(host, table, port):
        if process.poll() is not None or time.monotonic() > deadline:
            daemon.stop()
            said = daemon.log.strip()[-500:] or "nothing"
            raise LabError(f"{name} did not start in {host.name}; it said: {said}")
        time.sleep(0.01)
    return daemon


def _bound(host: LabHost, table: str, port: int) -> bool:
    """Whether a socket of the host is bound to `port` (TCP: listens; raw6: the protocol)."""

    def look() -> list[str]:
        lines = []
        for name in (table, f"{table}6"):
            with contextlib.suppress(OSError):
                lines += Path(f"/proc/thread-self/net/{name}").read_text().splitlines()[1:]
        return lines

    for line in host.enter(look):
        fields = line.split()
        listening = table != "tcp" or fields[3] == "0A"
        if listening and int(fields[1].rpartition(":")[2], 16) == port:
            return True
    return False


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
