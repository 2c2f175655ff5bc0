"""Having the C library give memory back that a pass, a page or a start needed for a moment.

glibc keeps an arena for each thread and what was freed in it. The agent's large values (records
being written, documents, expositions) come and go in several threads.
"""

import ctypes
from collections.abc import Callable

# Numbers of options, as mallopt(3) has them.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_SETTINGS = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 64 << 10), (_M_TRIM_THRESHOLD, 128 << 10))


def be_thrifty() -> bool:
    """Use one arena, and give large values back as they are freed; False: not with this C library.

    To be called before there are threads.
    """
    option = _function("mallopt")
    return option is not None and all(option(*setting) == 1 for setting in _SETTINGS)


def give_back() -> None:
    """Return what is free to the system, wherever it lies."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> "Callable[..., int] | None":
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
