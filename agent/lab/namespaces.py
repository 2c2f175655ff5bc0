"""Network namespaces without names: they live as long as somebody holds them open.

Nothing is written under /run/netns. A namespace is a file descriptor; when the process that holds
it ends, however it ends, the kernel removes the namespace with all its links.
"""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from agent.lab import kernel
from agent.lab.netlink import Netlink

T = TypeVar("T")


class LabUnavailable(Exception):
    """This machine forbids namespaces; the text is one sentence with the cause and the remedy."""


class LabError(Exception):
    """The lab could not be built or did something impossible; the text names the part."""


class Namespace:
    """A network namespace, held open until `close()`; the calling thread never enters it."""

    def __init__(self, name: str, sysctls: Sequence[tuple[str, str]] = ()) -> None:
        """Make the namespace, write `sysctls` (path under /proc/sys, value), bring lo up.

        Raises LabUnavailable when the kernel forbids it and LabError for a refused sysctl.
        """
        self.name = name
        self._fd = -1

        def make() -> Netlink:
            kernel.unshare(kernel.CLONE_NEWNET)
            self._fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            _write_sysctls(name, sysctls)
            return Netlink()

        try:
            self.netlink = in_thread(make)
            self.netlink.set_up("lo")
        except BaseException as error:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
            if isinstance(error, OSError):
                raise LabUnavailable(_explain(error)) from error
            raise

    @property
    def fd(self) -> int:
        """The open descriptor of the namespace; LabError when it was closed."""
        if self._fd < 0:
            raise LabError(f"the namespace of {self.name} is closed")
        return self._fd

    @property
    def inode(self) -> int:
        """What identifies the namespace in /proc/*/ns/net."""
        return os.fstat(self.fd).st_ino

    def enter(self, function: Callable[[], T]) -> T:
        """Run `function` in a thread inside the namespace and return (or raise) its result."""
        return enter(self.fd, function)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket that belongs to the namespace and can be used from any thread."""
        return socket_in(self.fd, family, kind, protocol)

    def sysctl(self, *settings: tuple[str, str]) -> None:
        """Write `(path under /proc/sys, value)` pairs; LabError names the one that failed."""
        self.enter(lambda: _write_sysctls(self.name, settings))

    def close(self) -> None:
        """Let go of the namespace; it ends when its sockets and processes have ended too."""
        self.netlink.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def enter(fd: int, function: Callable[[], T]) -> T:
    """Run `function` in a fresh thread inside the network namespace `fd`; returns its result."""

    def inside() -> T:
        kernel.setns(fd, kernel.CLONE_NEWNET)
        return function()

    return in_thread(inside)


def socket_in(fd: int, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A socket made inside the network namespace `fd`."""
    return enter(fd, lambda: socket.socket(family, kind, protocol))


def prepare() -> bool:
    """Get the right to make namespaces; True when that took a user namespace.

    Root has it already. Anybody else moves this process, for good, into a user namespace of its
    own in which it is root; its network namespace stays the machine's, where it gains no right.
    Raises LabUnavailable.
    """
    if _has_rights():
        return False
    user, group = os.geteuid(), os.getegid()
    try:
        _leave_user_namespace()
    except OSError as error:
        raise LabUnavailable(_explain_user(error)) from error
    try:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    except OSError as error:
        raise LabUnavailable(
            f"the kernel refused to map this user in a new user namespace ({error.strerror}): "
            "run as root"
        ) from error
    if not _may_make_namespaces():
        raise LabUnavailable(_RESTRICTED)
    return True


_READ_ONLY = (
    "/proc/sys is read-only here, as in a container: run outside of it, or run it privileged"
)
_RESTRICTED = (
    "AppArmor takes away the rights that a user namespace gives: "
    "run as root, or sysctl kernel.apparmor_restrict_unprivileged_userns=0"
)


def _has_rights() -> bool:
    """Whether this process holds CAP_SYS_ADMIN and CAP_NET_ADMIN (capabilities(7))."""
    wanted = 1 << 21 | 1 << 12
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16) & wanted == wanted
    return False


def _leave_user_namespace() -> None:
    deadline = time.monotonic() + 0.5
    while True:
        try:
            kernel.unshare(kernel.CLONE_NEWUSER)
            return
        except OSError as error:
            # A thread that Python has joined may still be on its way out of the kernel.
            alone = threading.active_count() == 1
            if error.errno != errno.EINVAL or not alone or time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def _may_make_namespaces() -> bool:
    def attempt() -> bool:
        try:
            kernel.unshare(kernel.CLONE_NEWNET)
        except OSError:
            return False
        return True

    return in_thread(attempt)


def in_thread(function: Callable[[], T]) -> T:
    """Run `function` in a thread of its own and return its result or raise its error."""
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, name="lab-namespace", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _write_sysctls(name: str, settings: Sequence[tuple[str, str]]) -> None:
    for path, value in settings:
        try:
            _write(f"/proc/sys/{path}", value)
        except OSError as error:
            if error.errno == errno.EROFS:
                raise LabUnavailable(_READ_ONLY) from error
            raise LabError(f"{name}: cannot set {path} to {value}: {error.strerror}") from error


def _write(path: str, value: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def _explain(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EUSERS):
        return "the limit of network namespaces is reached: raise sysctl user.max_net_namespaces"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "too many open files for so many namespaces: raise the limit with ulimit -n"
    if error.errno in (errno.EPERM, errno.EACCES):
        return (
            "the kernel forbids network namespaces here: run as root, and in a container "
            "with the capabilities SYS_ADMIN and NET_ADMIN"
        )
    return f"the kernel could not make a network namespace: {error.strerror}"


def _explain_user(error: OSError) -> str:
    if error.errno == errno.EINVAL:
        return (
            "a process with several threads cannot make a user namespace: "
            "build the lab before any thread starts, or run as root"
        )
    switches = (
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
    )
    for path, bad, remedy in switches:
        try:
            found = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if found == bad:
            return (
                "the kernel forbids user namespaces to ordinary users: "
                f"run as root, or sysctl {remedy}"
            )
    return (
        f"the kernel refused a user namespace ({error.strerror}): run as root, "
        "and in a container allow unshare or add the capability SYS_ADMIN"
    )
