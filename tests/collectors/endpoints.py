"""A datagram socket that is played: what is sent is kept, and may be answered."""

import asyncio
from collections import deque
from collections.abc import Callable

from collectors.datagrams import Datagram
from tests.collectors.virtual_time import now

Answer = Callable[[bytes, str], list[Datagram]]
LATENCY_S = 0.01


class PlayedEndpoint:
    """Answers through `answer(data, address)`, a hundredth of a second later."""

    def __init__(self, answer: Answer, error: OSError | None = None) -> None:
        self.sent: list[tuple[float, bytes, str, int, int]] = []
        self.closed = False
        self._answer = answer
        self._error = error
        self._waiting: deque[Datagram] = deque()
        self._arrived = asyncio.Event()

    def send(self, data: bytes, address: str, port: int, link: int = 0) -> None:
        if self._error is not None:
            raise self._error
        self.sent.append((now(), data, address, port, link))
        for datagram in self._answer(data, address):
            asyncio.get_running_loop().call_later(LATENCY_S, self._arrive, datagram)

    async def receive(self, timeout_s: float) -> Datagram | None:
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()

    def close(self) -> None:
        self.closed = True

    def _arrive(self, datagram: Datagram) -> None:
        self._waiting.append(datagram)
        self._arrived.set()
