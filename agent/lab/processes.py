"""Processes inside namespaces, none of which can outlive the process that started them.

All are born into one process namespace. Its first process, the keeper, waits on a pipe that only
we hold open: when we end, even by kill -9, the pipe closes, the keeper kills everything else in
there, however often it forked, removes the lab's folder and ends.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from agent.lab import kernel
from agent.lab.namespaces import LabError, Namespace, in_thread

PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Keeper:
    """The process namespace of a lab; `close()` kills all that was started in it.

    `folder` is a private temporary directory that disappears with the keeper.
    """

    def __init__(self) -> None:
        """Start the keeper; raises LabError when the machine lacks a shell or the right."""
        self._children: list[subprocess.Popen[bytes]] = []
        self._everywhere: dict[str, str] = {}
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="lanwarden-lab-"))
        except OSError as error:
            raise LabError(f"cannot make a temporary folder: {error}") from error

        def start() -> subprocess.Popen[bytes]:
            kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID)
            kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_SLAVE)
            return subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "lanwarden-lab-keeper", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": PROGRAM_PATH},
            )

        try:
            self._process = in_thread(start)
        except OSError as error:
            self.folder.rmdir()
            raise LabError(f"cannot start the keeper of the lab's processes: {error}") from error
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self.close()
            raise LabError("the keeper of the lab's processes did not start")
        self._pid_fd = _open_namespace(self._process.pid, "pid")
        self._mount_fd = _open_namespace(self._process.pid, "mnt")

    def resolve_with(self, servers: Sequence[str], search: str) -> None:
        """Give processes started from now on a resolv.conf(5) of the lab instead of the machine's.

        Left out where the machine has none, which a private one could cover.
        """
        if not Path(_RESOLV_CONF).exists():
            return
        path = self.folder / "resolv.conf"
        lines = [f"search {search}", *(f"nameserver {server}" for server in servers)]
        path.write_text("\n".join(lines) + "\n")
        self._everywhere[_RESOLV_CONF] = str(path)

    def popen(
        self,
        namespace: Namespace,
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
        """Start `argv` in a namespace, with the /proc and /sys that belong to it.

        `private` maps paths to what the process sees there instead: another file or directory by
        its absolute path, or an empty directory that holds the named one (`{"/run": "sshd"}`).
        Raises LabError when the program cannot be started.
        """
        directory = cwd or Path.cwd()

        def start() -> subprocess.Popen[bytes]:
            kernel.unshare(kernel.CLONE_FS)
            kernel.setns(self._mount_fd, kernel.CLONE_NEWNS)
            kernel.setns(self._pid_fd, kernel.CLONE_NEWPID)
            kernel.setns(namespace.fd, kernel.CLONE_NEWNET)
            kernel.unshare(kernel.CLONE_NEWNS)
            _mount_sysfs()
            for place, content in {**self._everywhere, **(private or {})}.items():
                _mount_private(place, content)
            return subprocess.Popen(
                list(argv),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=None if env is None else dict(env),
                cwd=directory,
                pass_fds=tuple(pass_fds),
                start_new_session=True,
            )

        try:
            child = in_thread(start)
        except OSError as error:
            raise LabError(f"cannot start {argv[0]} in {namespace.name}: {error}") from error
        self._children = [other for other in self._children if other.poll() is None]
        self._children.append(child)
        return child

    def run(
        self,
        namespace: Namespace,
        argv: Sequence[str],
        *,
        input_bytes: bytes | None = None,
        timeout_s: float = 30.0,
        **options: Any,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `argv` to its end and capture what it says; LabError when it takes too long."""
        process = self.popen(
            namespace,
            argv,
            stdin=subprocess.PIPE if input_bytes is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        try:
            out, err = process.communicate(input_bytes, timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.communicate()
            raise LabError(f"{argv[0]} in {namespace.name} took over {timeout_s:g} s") from error
        return subprocess.CompletedProcess(list(argv), process.returncode, out, err)

    def close(self) -> None:
        """Kill every process of the lab, at once, and wait until the keeper is gone."""
        for name in ("_pid_fd", "_mount_fd"):
            descriptor = self.__dict__.pop(name, -1)
            if descriptor >= 0:
                os.close(descriptor)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        # The kernel lets the keeper go only after we have reaped our own children among the dead.
        for child in self._children:
            child.wait()
        self._children.clear()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_RESOLV_CONF = "/etc/resolv.conf"

# An ignored SIGCHLD makes the kernel reap the orphans that fall to the keeper. A program waits for
# the end of the pipe, because the death of an orphan interrupts the shell's own read.
_KEEPER = """\
mount -t proc proc /proc
trap '' CHLD HUP INT TERM
echo ready
cat >/dev/null
kill -KILL -1
exec rm -rf "$1"
"""


def _open_namespace(pid: int, kind: str) -> int:
    return os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)


def _mount_private(place: str, content: str) -> None:
    if content.startswith("/"):
        kernel.mount(content, place, "none", kernel.MS_BIND)
        return
    kernel.mount("tmpfs", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV)
    if content:
        (Path(place) / content).mkdir(mode=0o755)


def _mount_sysfs() -> None:
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    try:
        kernel.mount("sysfs", "/sys", "sysfs", flags)
    except OSError:
        # Refused where parts of /sys are hidden (containers): the machine's own stays visible.
        return
