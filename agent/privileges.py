"""The agent needs no capability; only the tap, its child, needs CAP_NET_RAW (capabilities(7))."""

import ctypes
import os
import struct

CAP_SETGID = 6
CAP_SETUID = 7
CAP_SETPCAP = 8
CAP_NET_RAW = 13

# What a tap that is started again by root may still take up, to give it up itself.
FOR_THE_TAP = frozenset({CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_NET_RAW})


def drop_capabilities() -> bool:
    """Give up every capability of this process, and for its children all that no tap needs.

    For root only; returns whether it was done. A child that root starts gets back what is left in
    the bounding set: enough for a tap, and nothing more. Call it before threads are started.
    """
    if os.geteuid() != 0:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_READ, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break  # past the last one that the kernel knows
        if capability not in FOR_THE_TAP:
            libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    return bool(libc.capset(header, bytes(24)) == 0)


_PR_CAPBSET_READ = 23
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522
