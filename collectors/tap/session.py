"""One agent's connection to the tap: commands in, events out, until it goes."""

import selectors
import socket
from typing import Final

from collectors.tap.bucket import TokenBucket
from collectors.tap.fence import Fence
from collectors.tap.links import Selector
from collectors.tap.loop import Loop
from collectors.tap.messages import Ready
from collectors.tap.protocol import CommandReader, Outbox, ProtocolError
from collectors.tap.sockets import Network
from collectors.tap.sweep import Clock

FLUSH_INTERVAL_S: Final = 0.01
LONGEST_TURN_S: Final = 1.0
READ_BYTES: Final = 1 << 16


class Session:
    """Serves one connection; `run` returns when the agent is gone or talks nonsense.

    An agent that does not read costs it observations, the oldest first, and nothing else.
    """

    def __init__(
        self,
        connection: socket.socket,
        selector: Selector,
        network: Network,
        clock: Clock,
        fence: Fence,
        bucket: TokenBucket,
        token: bytes,
        ready: Ready,
    ) -> None:
        self._connection = connection
        self._selector = selector
        self._clock = clock
        self._reader = CommandReader()
        self._outbox = Outbox()
        self._open = True
        self._events = selectors.EVENT_READ
        self._last_flush = 0.0
        self._loop = Loop(
            network,
            selector,
            clock,
            fence,
            bucket,
            token,
            self._outbox,
            ready.dry_run,
        )
        self._outbox.put_event(ready)

    def run(self) -> None:
        """Serve until the end of the connection."""
        self._connection.setblocking(False)
        self._selector.register(self._connection.fileno(), self._events, self._ready)
        try:
            while self._open:
                self._flush()
                if self._open:
                    self._loop.turn(self._longest())
        finally:
            self._loop.stop()
            self._selector.unregister(self._connection.fileno())
            self._connection.close()

    def _longest(self) -> float:
        if self._outbox.is_empty or self._events & selectors.EVENT_WRITE:
            return LONGEST_TURN_S
        return FLUSH_INTERVAL_S

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_READ:
            self._read()
        if events & selectors.EVENT_WRITE:
            self._wait_for(selectors.EVENT_READ)

    def _read(self) -> None:
        if self._outbox.is_congested:
            # Whoever does not read answers gets no further questions in.
            self._wait_for(selectors.EVENT_WRITE)
            return
        try:
            data = self._connection.recv(READ_BYTES)
            if not data:
                self._open = False
            for command in self._reader.feed(data):
                self._loop.handle(command)
        except BlockingIOError:
            return
        except (OSError, ProtocolError):
            self._open = False

    def _flush(self) -> None:
        """Write what waits, in batches rather than one by one, unless an event waits."""
        now = self._clock.monotonic()
        if self._events & selectors.EVENT_WRITE or self._outbox.is_empty:
            return
        if not self._outbox.events and now - self._last_flush < FLUSH_INTERVAL_S:
            return
        self._last_flush = now
        try:
            if not self._outbox.write(self._connection.send):
                self._wait_for(selectors.EVENT_READ | selectors.EVENT_WRITE)
        except OSError:
            self._open = False

    def _wait_for(self, events: int) -> None:
        if events != self._events:
            self._events = events
            self._selector.modify(self._connection.fileno(), events, self._ready)
