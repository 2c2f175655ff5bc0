"""The agent's side of the tap: starts it or connects to it, sends commands, takes what it hears."""

import asyncio
import contextlib
import itertools
import logging
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

import collectors
from collectors.contract import CollectorError
from collectors.observation import AnyObservation
from collectors.tap.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Command,
    Counters,
    Event,
    Finished,
    Observed,
    Planned,
    Progress,
    Ready,
)
from collectors.tap.protocol import EventReader, ProtocolError, encode

MAX_REMEMBERED: Final = 20_000
MAX_PLANNED: Final = 100_000
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 2.0
EXIT_NOT_PERMITTED: Final = 3

Observations = Callable[[list[AnyObservation]], None]


class TapUnavailable(Exception):
    """There is no tap: why, and what would mend it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.reason = reason
        self.remedy = remedy


class TapClient:
    """One connection to a tap; made with `spawn` or `connect`, both async context managers.

    Everything that the tap hears goes to `on_observations`, in order, before the `Finished` of the
    command that caused it. When the tap is gone, pending runs raise CollectorError and `on_lost`
    is called with the reason, once. `ready` says what the tap is; `planned` holds what a tap that
    was started with `dry_run` would have sent; `pid` is None for a service.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ready: Ready,
        events: EventReader,
        early: Sequence[Event],
        receivers: "_Receivers",
        why_gone: "_WhyGone",
    ) -> None:
        self.ready = ready
        self.planned: list[str] = []
        self.pid: int | None = None
        self._reader = reader
        self._writer = writer
        self._events = events
        self._receivers = receivers
        self._why_gone = why_gone
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Finished]] = {}
        self._memory: deque[AnyObservation] = deque(maxlen=MAX_REMEMBERED)
        self._gone = ""
        self._closing = False
        for event in early:
            self._take(event)
        self._task = asyncio.create_task(self._listen(), name="tap client")

    @classmethod
    @contextlib.asynccontextmanager
    async def spawn(
        cls,
        *,
        networks: Iterable[str] = (),
        exclude: Iterable[str] = (),
        interfaces: Iterable[str] = (),
        pace: int = 1000,
        dry_run: bool = False,
        on_observations: Observations,
        on_counters: Callable[[Counters], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
    ) -> AsyncIterator["TapClient"]:
        """A tap of one's own, as a child process that ends with the context.

        Raises TapUnavailable when it may not or cannot start.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            options = _options(networks, exclude, interfaces, pace, dry_run)
            child = await _Child.start(theirs, options)
            theirs.close()
            reader, writer = await asyncio.open_connection(sock=ours)
            try:
                client = await cls._greet(
                    reader,
                    writer,
                    child.why_gone,
                    _Receivers(on_observations, on_counters, on_progress, on_lost),
                )
            except (ConnectionError, TimeoutError, ProtocolError) as error:
                await _close(writer)
                raise await child.failure(error) from None
            except BaseException:
                await _close(writer)
                await child.stop()
                raise
            client.pid = child.pid
            try:
                yield client
            finally:
                await client.close()
                await child.stop()

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(
        cls,
        path: Path,
        *,
        on_observations: Observations,
        on_counters: Callable[[Counters], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
    ) -> AsyncIterator["TapClient"]:
        """A tap service's socket; raises TapUnavailable when nobody answers there."""
        remedy = "Start the service lanwarden-tap, or correct the path of its socket."
        try:
            reader, writer = await asyncio.open_unix_connection(str(path))
        except OSError as error:
            reason = f"No tap answers at {path}: {error.strerror}."
            raise TapUnavailable(reason, remedy) from None
        try:
            client = await cls._greet(
                reader,
                writer,
                _service_gone,
                _Receivers(on_observations, on_counters, on_progress, on_lost),
            )
        except (ConnectionError, TimeoutError, ProtocolError):
            await _close(writer)
            reason = f"The tap at {path} does not take this agent."
            raise TapUnavailable(reason, "Is another agent connected to it?") from None
        try:
            yield client
        finally:
            await client.close()

    def next_id(self) -> int:
        """A number for the next command."""
        return next(self._numbers)

    async def run(self, command: Command) -> Finished:
        """Send a command and wait for its end; cancelling the wait cancels the command.

        Raises CollectorError when the tap refuses or fails it, or is gone.
        """
        if self._gone:
            raise CollectorError(self._gone)
        if command.id in self._pending:
            raise CollectorError(f"a command with the number {command.id} is running already")
        try:
            message = encode(command)
        except ValueError as error:
            raise CollectorError(f"the command is too long for the tap: {error}") from None
        future: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        self._pending[command.id] = future
        try:
            self._writer.write(message)
            finished = await future
        except asyncio.CancelledError:
            if not self._gone:
                self._writer.write(encode(Cancel(id=command.id)))
            raise
        finally:
            self._pending.pop(command.id, None)
        if finished.error:
            raise CollectorError(finished.error)
        return finished

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        """What the tap heard since a Unix time, oldest first, as far as it is remembered."""
        recent = itertools.takewhile(lambda seen: seen.at >= at, reversed(self._memory))
        return list(recent)[::-1]

    async def close(self) -> None:
        """End the connection; pending runs raise CollectorError."""
        self._closing = True
        await _close(self._writer)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._abandon("the connection to the tap was closed")

    @classmethod
    async def _greet(
        cls,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        why_gone: "_WhyGone",
        receivers: "_Receivers",
    ) -> "TapClient":
        events = EventReader()
        first: list[Event] = []
        async with asyncio.timeout(START_TIMEOUT_S):
            while not first:
                data = await reader.read(_READ_BYTES)
                if not data:
                    raise ConnectionError("the tap ended before it was ready")
                first.extend(events.feed(data))
        ready = first[0]
        if not isinstance(ready, Ready) or ready.protocol != PROTOCOL_VERSION:
            raise ProtocolError("the tap is of another version")
        return cls(reader, writer, ready, events, first[1:], receivers, why_gone)

    async def _listen(self) -> None:
        reason = ""
        try:
            while data := await self._reader.read(_READ_BYTES):
                for event in self._events.feed(data):
                    self._take(event)
        except ProtocolError as error:
            reason = f"the tap sent nonsense: {error}"
        except OSError as error:
            reason = f"the connection to the tap broke: {error.strerror}"
        if self._closing:
            return
        self._abandon(reason or await self._why_gone())
        if self._receivers.on_lost is not None:
            self._receivers.on_lost(self._gone)

    def _take(self, event: Event) -> None:
        receivers = self._receivers
        try:
            if isinstance(event, Observed):
                self._memory.extend(event.observations)
                receivers.on_observations(list(event.observations))
            elif isinstance(event, Finished):
                future = self._pending.get(event.id)
                if future is not None and not future.done():
                    future.set_result(event)
            elif isinstance(event, Counters) and receivers.on_counters is not None:
                receivers.on_counters(event)
            elif isinstance(event, Progress) and receivers.on_progress is not None:
                receivers.on_progress(event)
            elif isinstance(event, Planned):
                self.planned.extend(event.lines[: MAX_PLANNED - len(self.planned)])
        except Exception:  # noqa: BLE001 - a receiver's bug must not deafen the agent
            _log.exception("a receiver of the tap's %s failed", type(event).__name__)

    def _abandon(self, reason: str) -> None:
        self._gone = self._gone or reason
        for future in self._pending.values():
            if not future.done():
                future.set_exception(CollectorError(self._gone))


_READ_BYTES: Final = 1 << 18
_log = logging.getLogger("lanwarden.tap")


_WhyGone = Callable[[], Awaitable[str]]


class _Receivers(NamedTuple):
    """Who is told what."""

    on_observations: Observations
    on_counters: Callable[[Counters], None] | None
    on_progress: Callable[[Progress], None] | None
    on_lost: Callable[[str], None] | None


class _Child:
    """The tap as a child process, and the last words on its standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self._last_words = b""
        self._reader = asyncio.create_task(self._read_errors(), name="tap stderr")

    @classmethod
    async def start(cls, theirs: socket.socket, options: list[str]) -> "_Child":
        """Start the tap with its end of the socket pair."""
        descriptor = theirs.fileno()
        bootstrap = await asyncio.to_thread(_bootstrap)  # it looks at the file system
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *bootstrap,
                *options,
                "--fd",
                str(descriptor),
                pass_fds=(descriptor,),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise TapUnavailable(
                f"The tap cannot be started: {error.strerror}.", "Reinstall lanwarden."
            ) from None
        return cls(process)

    async def why_gone(self) -> str:
        """How the process ended, as far as is known."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.wait()
        code = self._process.returncode
        words = self._last_words.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if code is not None and code < 0:
            return f"the tap was killed by signal {-code}"
        said = f": {words}" if words else ""
        return f"the tap ended{said}" if code is None else f"the tap ended with code {code}{said}"

    async def failure(self, error: Exception) -> TapUnavailable:
        """What to raise when the tap did not get ready."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.wait()
                await self._reader
        await self.stop()
        words = self._last_words.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if self._process.returncode == EXIT_NOT_PERMITTED:
            reason, _, remedy = words.partition(". ")
            return TapUnavailable(f"{reason}.", remedy)
        reason = await self.why_gone() if words else f"{await self.why_gone()} ({error})"
        return TapUnavailable(f"{reason[0].upper()}{reason[1:]}.", "See `lanwarden doctor`.")

    async def stop(self) -> None:
        """Wait for the end, and hasten it when it does not come."""
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(4096):
            self._last_words = (self._last_words + data)[-4096:]


def _bootstrap() -> list[str]:
    """Interpreter options that import the same packages as here, whatever the working folder holds.

    Isolated mode ignores the environment and the working folder; the two folders that the packages
    were imported from here are named instead, for editable and unusual installations.
    """
    ours = str(Path(collectors.__path__[0]).resolve().parent)
    theirs = str(Path(msgspec.__path__[0]).resolve().parent)
    program = (
        "import sys; ours, theirs = sys.argv[1:3]; "
        "ours in sys.path or sys.path.insert(0, ours); "
        "theirs in sys.path or sys.path.append(theirs); "
        "del sys.argv[1:3]; "
        "from collectors.tap.main import main; main()"
    )
    return ["-I", "-c", program, ours, theirs]


def _options(
    networks: Iterable[str],
    exclude: Iterable[str],
    interfaces: Iterable[str],
    pace: int,
    dry_run: bool,
) -> list[str]:
    named = (("--network", networks), ("--exclude", exclude), ("--interface", interfaces))
    options = [f"{name}={value}" for name, values in named for value in values]
    return [*options, f"--pace={pace}", *(["--dry-run"] if dry_run else [])]


async def _service_gone() -> str:
    return "the tap service ended the connection"


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
