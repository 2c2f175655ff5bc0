"""The maker of a network card, from the registry of the IEEE (aiooui's table, memory-mapped)."""

import asyncio
import re
import threading
from functools import lru_cache

from inventory import identity

_BLOCKS_OF_OTHERS = frozenset({"IEEE Registration Authority", "Private"})
_CASE_LOST = re.compile(r"[A-Z]{5,}")
_SPACES = re.compile(r"\s+")


def vendor_of(mac: str) -> str:
    """The registered maker of a MAC; empty for unknown, randomised and shared MACs.

    The first call loads the table (about 5 ms). A block that the registry sold on in parts (MA-M,
    MA-S) has no maker here, since the table holds whole blocks only. Names are tidied: single
    spaces, and words all in capitals written as names.
    """
    if not identity.is_mac(mac) or identity.is_random(mac):
        return ""
    name = _registered(mac[:8])
    return "" if name and identity.shared_by(mac) else name


@lru_cache(maxsize=4096)
def _registered(prefix: str) -> str:
    import aiooui

    if not aiooui.is_loaded():
        _load()
    name = aiooui.get_vendor(prefix) or ""
    return "" if name in _BLOCKS_OF_OTHERS else _tidy(name)


def _load() -> None:
    """Run the library's only, asynchronous, loader to its end, also from inside a running loop."""
    import aiooui

    thread = threading.Thread(target=lambda: asyncio.run(aiooui.async_load()))
    thread.start()
    thread.join()


def _tidy(name: str) -> str:
    name = _SPACES.sub(" ", name.replace(",", ", ").replace(" ,", ",")).strip(" ,")
    name = name.replace("., Ltd", ". Ltd").replace("Co. Ltd", "Co., Ltd")
    return _CASE_LOST.sub(lambda word: word[0].capitalize(), name)[:64]
