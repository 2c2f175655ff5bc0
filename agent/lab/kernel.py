"""The system calls that namespaces need and Python 3.11 does not offer."""

import ctypes
import os

CLONE_FS = 0x0000_0200
CLONE_NEWNS = 0x0002_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SLAVE = 0x8_0000


def unshare(flags: int) -> None:
    """Move the calling thread into new namespaces (unshare(2)); raises OSError."""
    _check(_libc().unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, kind: int) -> None:
    """Move the calling thread into the namespace behind `fd` (setns(2)); raises OSError."""
    _check(_libc().setns(ctypes.c_int(fd), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str, flags: int) -> None:
    """Mount in the calling thread's mount namespace (mount(2)); raises OSError."""
    _check(
        _libc().mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None),
        f"mount on {target}",
    )


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
