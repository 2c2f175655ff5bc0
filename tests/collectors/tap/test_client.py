"""The agent's side: a tap that answers, errs, talks nonsense, or goes."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from collectors.contract import CollectorError
from collectors.observation import AddressSeen, AnyObservation
from collectors.tap import client as client_module
from collectors.tap.client import TapClient, TapUnavailable
from collectors.tap.messages import (
    Cancel,
    Command,
    Counters,
    Event,
    Finished,
    Observed,
    Planned,
    Progress,
    Ready,
    Watch,
)
from collectors.tap.protocol import CommandReader, encode

READY = Ready(protocol=1, version="test", networks=("10.66.7.0/24",), pace_per_second=1000)
COUNTERS = Counters(received=1, dropped=0, malformed={}, sent={})


def seen(at: float) -> AddressSeen:
    return AddressSeen(
        at=at, source="tap", mac="02:00:00:00:00:0a", address="10.66.7.9", how="arp_reply"
    )


class FakeTap:
    """A service at a Unix socket that does what the test scripts."""

    def __init__(self, answer: Callable[[Command], list[Event]], greeting: bytes) -> None:
        self._answer = answer
        self._greeting = greeting
        self.commands: list[Command] = []
        self.got = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.tasks.append(asyncio.current_task())
        writer.write(self._greeting)
        commands = CommandReader()
        try:
            while data := await reader.read(65536):
                for command in commands.feed(data):
                    self.commands.append(command)
                    self.got.set()
                    writer.write(b"".join(map(encode, self._answer(command))))
        except OSError:
            pass
        finally:
            await self.close(writer)

    async def hang_up(self) -> None:
        for writer in self.writers:
            await self.close(writer)

    async def close(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


Serve = Callable[..., Awaitable[tuple[FakeTap, Path]]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    servers: list[asyncio.Server] = []
    taps: list[FakeTap] = []

    async def start(
        answer: Callable[[Command], list[Event]] = lambda command: [Finished(id=command.id)],
        greeting: bytes = encode(READY),
    ) -> tuple[FakeTap, Path]:
        tap, path = FakeTap(answer, greeting), tmp_path / "tap.sock"
        taps.append(tap)
        servers.append(await asyncio.start_unix_server(tap.serve, str(path)))
        return tap, path

    yield start
    for server in servers:
        server.close()
    for tap in taps:
        await asyncio.gather(*(task for task in tap.tasks if task is not None))


def watch(number: int) -> Watch:
    return Watch(id=number, interfaces=("eth0",))


async def test_what_was_heard_comes_before_the_end_of_the_command(serve: Serve) -> None:
    order: list[object] = []

    def answer(command: Command) -> list[Event]:
        return [
            Observed(observations=(seen(1), seen(2))),
            Progress(id=command.id, done=1, total=2),
            COUNTERS,
            Observed(observations=(seen(3),)),
            Finished(id=command.id, sent=5, received=3),
        ]

    _, path = await serve(answer)
    async with TapClient.connect(
        path,
        on_observations=lambda batch: order.extend(one.at for one in batch),
        on_progress=lambda progress: order.append((progress.done, progress.total)),
        on_counters=order.append,
    ) as tap:
        assert tap.ready == READY
        finished = await tap.run(watch(tap.next_id()))
        assert (finished.sent, finished.received) == (5, 3)
        assert order == [1.0, 2.0, (1, 2), COUNTERS, 3.0]
        assert [one.at for one in tap.heard_since(2)] == [2.0, 3.0]
        assert tap.heard_since(4) == []


async def test_several_commands_at_once(serve: Serve) -> None:
    waiting: list[Command] = []

    def answer(command: Command) -> list[Event]:
        waiting.append(command)
        if len(waiting) < 3:
            return []
        return [Finished(id=one.id, sent=one.id) for one in reversed(waiting)]

    _, path = await serve(answer)
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        numbers = [tap.next_id() for _ in range(3)]
        finished = await asyncio.gather(*(tap.run(watch(number)) for number in numbers))
        assert [one.sent for one in finished] == numbers == sorted(set(numbers))


async def test_a_refusal_is_a_collector_s_error(serve: Serve) -> None:
    _, path = await serve(lambda command: [Finished(id=command.id, error="outside the networks")])
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        with pytest.raises(CollectorError, match="outside the networks"):
            await tap.run(watch(1))


async def test_giving_up_cancels_the_command(serve: Serve) -> None:
    service, path = await serve(lambda command: [])
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        task = asyncio.create_task(tap.run(watch(7)))
        await service.got.wait()
        service.got.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await service.got.wait()
        assert service.commands[-1] == Cancel(id=7)


@pytest.mark.parametrize(
    "nonsense", [b"", encode(COUNTERS)[:3] + b"\xff" * 50], ids=["gone", "mad"]
)
async def test_a_lost_tap_fails_what_waits_and_is_told_once(serve: Serve, nonsense: bytes) -> None:
    service, path = await serve(lambda command: [])
    lost: list[str] = []
    async with TapClient.connect(
        path, on_observations=lambda batch: None, on_lost=lost.append
    ) as tap:
        pending = [asyncio.create_task(tap.run(watch(number))) for number in (1, 2)]
        await service.got.wait()
        service.writers[0].write(nonsense)
        await service.hang_up()
        for task in pending:
            with pytest.raises(CollectorError):
                await task
        with pytest.raises(CollectorError, match="tap"):
            await tap.run(watch(3))
    assert len(lost) == 1


async def test_closing_is_no_loss(serve: Serve) -> None:
    service, path = await serve(lambda command: [])
    lost: list[str] = []
    async with TapClient.connect(
        path, on_observations=lambda batch: None, on_lost=lost.append
    ) as tap:
        task = asyncio.create_task(tap.run(watch(1)))
        await service.got.wait()
    with pytest.raises(CollectorError, match="closed"):
        await task
    assert lost == []


async def test_the_same_number_twice_is_refused(serve: Serve) -> None:
    service, path = await serve(lambda command: [])
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        task = asyncio.create_task(tap.run(watch(1)))
        await service.got.wait()
        with pytest.raises(CollectorError, match="running already"):
            await tap.run(watch(1))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_receiver_s_bug_does_not_deafen(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(batch: list[AnyObservation]) -> None:
        raise RuntimeError("a bug")

    _, path = await serve(
        lambda command: [Observed(observations=(seen(1),)), Finished(id=command.id)]
    )
    with caplog.at_level(logging.ERROR):
        async with TapClient.connect(path, on_observations=broken) as tap:
            await tap.run(watch(1))
            await tap.run(watch(2))
    assert "Observed" in caplog.text


async def test_plans_are_kept(serve: Serve) -> None:
    _, path = await serve(
        lambda command: [Planned(id=command.id, lines=("a", "b")), Finished(id=command.id)]
    )
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        await tap.run(watch(1))
        assert tap.planned == ["a", "b"]


async def test_the_memory_is_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_REMEMBERED", 10)
    many = tuple(seen(number) for number in range(100))
    _, path = await serve(lambda command: [Observed(observations=many), Finished(id=command.id)])
    async with TapClient.connect(path, on_observations=lambda batch: None) as tap:
        await tap.run(watch(1))
        assert [one.at for one in tap.heard_since(0)] == list(map(float, range(90, 100)))


async def test_no_service_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(TapUnavailable) as caught:
        async with TapClient.connect(tmp_path / "none", on_observations=lambda batch: None):
            pass
    assert "No tap answers" in caught.value.reason
    assert "Start the service" in caught.value.remedy


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(encode(Finished(id=1)), id="not a greeting"),
        pytest.param(
            encode(Ready(protocol=99, version="", networks=(), pace_per_second=0)), id="version"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n", id="another server"),
    ],
)
async def test_a_stranger_is_unavailable(serve: Serve, greeting: bytes) -> None:
    _, path = await serve(greeting=greeting)
    with pytest.raises(TapUnavailable, match="does not take this agent"):
        async with TapClient.connect(path, on_observations=lambda batch: None):
            pass


def test_the_child_imports_what_the_agent_imported() -> None:
    flags, command, program, ours, theirs = client_module._bootstrap()
    assert (flags, command) == ("-I", "-c")
    assert (Path(ours) / "collectors" / "tap" / "main.py").is_file()
    assert (Path(theirs) / "msgspec").is_dir()
    compile(program, "<bootstrap>", "exec")


@pytest.mark.parametrize(
    ("program", "reason", "remedy"),
    [
        pytest.param(
            "import sys; print('Raw sockets are forbidden. Run as root.', file=sys.stderr); "
            "sys.exit(3)",
            "Raw sockets are forbidden.",
            "Run as root.",
            id="no right",
        ),
        pytest.param(
            "import sys; print('some traceback\\nOSError: broken', file=sys.stderr); sys.exit(1)",
            "The tap ended with code 1: OSError: broken.",
            "See `lanwarden doctor`.",
            id="broken",
        ),
        pytest.param("import os; os.kill(os.getpid(), 9)", "killed by signal 9", "", id="killed"),
        pytest.param("", "ended before it was ready", "", id="silent"),
    ],
)
async def test_a_child_that_does_not_get_ready(
    monkeypatch: pytest.MonkeyPatch, program: str, reason: str, remedy: str
) -> None:
    monkeypatch.setattr(client_module, "_bootstrap", lambda: ["-I", "-c", program])
    with pytest.raises(TapUnavailable) as caught:
        async with TapClient.spawn(on_observations=lambda batch: None):
            pass
    assert reason in caught.value.reason
    assert remedy in caught.value.remedy


async def test_no_interpreter_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(TapUnavailable, match="cannot be started"):
        async with TapClient.spawn(on_observations=lambda batch: None):
            pass


async def test_a_dry_run_needs_no_rights() -> None:
    async with TapClient.spawn(
        networks=("10.66.7.0/24",), dry_run=True, on_observations=lambda batch: None
    ) as tap:
        assert tap.ready.dry_run
        assert tap.ready.networks == ("10.66.7.0/24",)
        await tap.run(watch(tap.next_id()))


async def test_the_working_folder_cannot_pose_as_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "import os; os._exit(99)"
    (tmp_path / "collectors").mkdir()
    for name in ("collectors/__init__.py", "msgspec.py", "socket.py", "sitecustomize.py"):
        (tmp_path / name).write_text(trap, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with TapClient.spawn(dry_run=True, on_observations=lambda batch: None) as tap:
        assert tap.ready.dry_run
