"""The tap as a service: a Unix socket that takes one agent at a time."""

import contextlib
import os
import socket
import stat
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

MODE: Final = 0o660


class Service:
    """Listens at a path that its owner and group may open; a stale socket there is replaced.

    Raises OSError when it cannot listen, also when another service still answers at the path.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _remove_stale(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o777 & ~MODE)
        try:
            self._socket.bind(str(path))
        except OSError:
            self._socket.close()
            raise
        finally:
            os.umask(mask)
        self._socket.listen(1)
        status = path.stat()
        self._owner, self._group = status.st_uid, status.st_gid

    def run(self, serve: Callable[[socket.socket], None]) -> None:
        """Serve one agent after the other."""
        while True:
            connection, _ = self._socket.accept()
            uid, gid = _peer(connection)
            if uid in (0, os.geteuid(), self._owner) or self._group in {gid, *_groups(connection)}:
                serve(connection)
            else:
                sys.stderr.write(f"Refused user {uid}: not the owner or group of {self._path}.\n")
            connection.close()

    def close(self) -> None:
        """Stop listening and remove the socket where that is still permitted."""
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


_SO_PEERGROUPS: Final = 59
_MAX_GROUPS: Final = 1024


def _peer(connection: socket.socket) -> tuple[int, int]:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, uid, gid = struct.unpack("=iII", data)
    return uid, gid


def _groups(connection: socket.socket) -> tuple[int, ...]:
    try:
        data = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 4 * _MAX_GROUPS)
    except OSError:
        return ()
    return tuple(struct.unpack(f"={len(data) // 4}I", data))


def _remove_stale(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise FileExistsError(17, "there is a file that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise FileExistsError(17, "another tap answers there")
