"""Giving up every right but the one to open raw sockets (capabilities(7), prctl(2)).

Best effort where the kernel decides: without CAP_SETPCAP the bounding set stays, which
no_new_privs makes harmless; where uid 65534 is not mapped (a user namespace) the uid stays.
"""

import contextlib
import ctypes
import os
import resource
import signal
import struct
from pathlib import Path
from typing import Final

CAP_NET_RAW: Final = 13
NOBODY: Final = 65534

MAX_OPEN_FILES: Final = 128
MAX_MEMORY_BYTES: Final = 512 << 20


class NotPermitted(Exception):
    """The process may not open raw sockets, and cannot be given the right from inside."""


def may_open_raw_sockets() -> bool:
    """Whether CAP_NET_RAW is among the permitted capabilities."""
    return bool(_permitted() >> CAP_NET_RAW & 1)


def keep_raw_sockets_only() -> None:
    """Drop all capabilities but CAP_NET_RAW for good, and root where that is possible.

    Raises NotPermitted when CAP_NET_RAW is missing to begin with.
    """
    if not may_open_raw_sockets():
        raise NotPermitted("CAP_NET_RAW is missing")
    _drop_bounding_set()
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    if os.geteuid() == 0:
        _become_nobody()
    _set_capabilities(1 << CAP_NET_RAW)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def limit_resources() -> None:
    """Bound files and memory, and forbid core dumps and further processes."""
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(kind)
        value = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies; call it after any change of uid."""
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


_PR_SET_PDEATHSIG: Final = 1
_PR_SET_KEEPCAPS: Final = 8
_PR_CAPBSET_READ: Final = 23
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION_3: Final = 0x20080522


def _permitted() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("\n"):
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0


def _drop_bounding_set() -> None:
    for capability in range(64):
        if capability == CAP_NET_RAW:
            continue
        if _prctl(_PR_CAPBSET_READ, capability) < 0:
            return  # past the last one that the kernel knows
        _prctl(_PR_CAPBSET_DROP, capability)


def _become_nobody() -> None:
    _prctl(_PR_SET_KEEPCAPS, 1)
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return  # nobody is not mapped here; the capabilities still go


def _set_capabilities(mask: int) -> None:
    """Make `mask` the permitted and effective set, and the inheritable one empty (capset(2))."""
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", low, low, 0, high, high, 0)
    if _libc().capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def _prctl(option: int, argument: int) -> int:
    if option == _PR_CAP_AMBIENT:
        return int(_libc().prctl(option, argument, 0, 0, 0))
    return int(_libc().prctl(option, ctypes.c_ulong(argument), 0, 0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
