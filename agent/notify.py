"""What systemd is told (sd_notify(3)) and what it hands over (sd_listen_fds(3))."""

import os
import socket
from collections.abc import MutableMapping

FIRST_FD = 3
MOST_FDS = 16


class Notifier:
    """Tells systemd how the service is; does nothing when systemd did not start it."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Take the addresses out of the environment, so that no child speaks for us."""
        self._path = environment.pop("NOTIFY_SOCKET", "")
        self.watchdog_s = _watchdog(environment)

    def ready(self) -> None:
        """Say that the service is up."""
        self._send("READY=1")

    def reloading(self, monotonic_us: int) -> None:
        """Say that the config is being read anew; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_us}")

    def status(self, text: str) -> None:
        """Say in one line what it does."""
        self._send(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service is going down."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._path.startswith(("/", "@")):
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.setblocking(False)
            try:
                out.sendto(text.encode(), address)
            except OSError:
                return  # a manager that does not listen must not stop the service


def inherited_sockets(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """Return the listening sockets that were handed over; none when they are not for us."""
    pid = environment.pop("LISTEN_PID", "")
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit():
        return []
    found = []
    for fd in range(FIRST_FD, FIRST_FD + min(int(count), MOST_FDS)):
        os.set_inheritable(fd, False)
        inherited = socket.socket(fileno=fd)
        if inherited.type == socket.SOCK_STREAM:
            inherited.setblocking(False)
            found.append(inherited)
    return found


def _watchdog(environment: MutableMapping[str, str]) -> float | None:
    microseconds = environment.pop("WATCHDOG_USEC", "")
    pid = environment.pop("WATCHDOG_PID", "")
    if not microseconds.isdigit() or pid not in ("", str(os.getpid())) or int(microseconds) == 0:
        return None
    return int(microseconds) / 1e6
