"""A running host of the lab: its namespace, its processes, its truth."""

import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TypeVar

from agent.lab import settings, truth
from agent.lab.namespaces import LabError, Namespace
from agent.lab.processes import Keeper
from agent.lab.topology import Host
from agent.lab.truth import HostTruth

T = TypeVar("T")


class LabHost:
    """A host with a network stack of its own, plugged into the lab's bridge."""

    def __init__(
        self, plan: Host, namespace: Namespace, switch: Namespace, ports: Sequence[str], lab: Keeper
    ) -> None:
        self.plan = plan
        self.namespace = namespace
        self.interface = "eth0"
        self._switch = switch
        self._ports = tuple(ports)
        self._keeper = lab

    @property
    def name(self) -> str:
        """The name in the plan."""
        return self.plan.name

    def truth(self) -> HostTruth:
        """MACs and addresses with their flags, read from the host's kernel now."""
        return truth.read(self.plan.name, self.plan.kind, self.namespace)

    def down(self) -> None:
        """Pull the host's cables: it keeps its addresses and hears nothing."""
        for port in self._ports:
            self._switch.netlink.set_down(port)

    def up(self) -> None:
        """Plug the cables in again; the host then repeats its own start-up, as hosts do."""
        for port in self._ports:
            self._switch.netlink.set_up(port)

    def run(
        self,
        argv: Sequence[str],
        *,
        input_bytes: bytes | None = None,
        timeout_s: float = 30.0,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program inside to its end; with `check`, LabError when it fails."""
        done = self._keeper.run(
            self.namespace, argv, input_bytes=input_bytes, timeout_s=timeout_s, env=env, cwd=cwd
        )
        if check and done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip()
            raise LabError(f"{argv[0]} in {self.name} failed: {reason}")
        return done

    def popen(
        self,
        argv: Sequence[str],
        *,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        pass_fds: Sequence[int] = (),
        private: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program inside; it dies with the lab. See `Keeper.popen`."""
        return self._keeper.popen(
            self.namespace,
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            private=private,
        )

    def enter(self, function: Callable[[], T]) -> T:
        """Run a function in a thread inside the host's network namespace."""
        return self.namespace.enter(function)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket that belongs to the host."""
        return self.namespace.socket(family, kind, protocol)

    def sysctl(self, *values: tuple[str, str]) -> None:
        """Write kernel settings, `("net/ipv6/…", "1")`, inside the host."""
        self.namespace.sysctl(*values)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Names of its cards."""
        return settings.interfaces(self.plan)
