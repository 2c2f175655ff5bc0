"""One agent per store: a lock that ends with the process, however it ends (flock(2))."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def held(store: Path) -> Iterator[bool]:
    """Hold the lock of a store, if it is free; yields whether it is held. Raises OSError.

    The lock file stays; only the lock on it counts.
    """
    path = store.with_name(f"{store.name}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
