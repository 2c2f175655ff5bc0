"""`lanwarden replay`: from a capture to a snapshot, by the code that watches a live LAN."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from agent.config.sections import Config
from agent.errors import Refusal, UsageRefusal
from agent.plan import inventory_settings
from checks.verdict import Finding
from collectors.observation import AnyObservation
from collectors.replay import Replay, Survey, survey
from collectors.scope import Scope
from collectors.wire import capture
from collectors.wire.errors import DecodeError
from inventory.inventory import Inventory
from inventory.snapshot import CollectorRun, Snapshot, TapState
from inventory.vendor import vendor_of

BATCH = 256  # observations
PICTURE_EVERY = 4096  # packets: contests are settled and kinds guessed as time goes by
NAME = "replay"
# A station costs a hundred times a frame of one that is known. Who invents one per frame is bounded
# by the size of the capture; a LAN that was swept, once, is not.
LEAST_STATIONS = 2048
FRAMES_PER_STATION = 16

Progress = Callable[[str, int, int], None]


class Replayed(msgspec.Struct, frozen=True):
    """What a capture shows, at the time of its last packet. `problem`: why it is not all of it.

    `notes` are sentences on what could not be used. Times are Unix seconds, of the capture.
    """

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    started_at: float
    finished_at: float
    packets: int
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all packets were read and could be understood as far as their link."""
        return not self.problem


def replay(config: Config, path: Path, progress: Progress) -> Replayed:
    """Read a capture twice and say what it shows; sends nothing and keeps nothing.

    Raises UsageRefusal for a file that cannot be read as a capture, Refusal for one without a
    packet.
    """
    try:
        with _open(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            found = _survey(path, stream, lambda done: progress("survey", done, size))
            return _watch(config, path, stream, found, lambda done: progress(NAME, done, size))
    except OSError as error:
        raise UsageRefusal(f"{path} cannot be read: {_lower(error)}") from None


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise UsageRefusal(f"{path} is a folder; name a capture in it")
    if path.exists() and not path.is_file():
        raise UsageRefusal(f"{path} is no file, and a capture is read twice; save it to a file")
    return path.open("rb")


def _survey(path: Path, stream: BinaryIO, progress: Callable[[int], None]) -> Survey:
    try:
        found = survey(stream, progress)
    except DecodeError as error:
        raise UsageRefusal(_no_capture(path, stream, error)) from None
    if not found.packets:
        why = f": {_where(found.problem)}" if found.problem is not None else ""
        raise Refusal(f"{path} holds no packets{why}; there is nothing to replay")
    if not found.readable:
        kinds = _kinds(found)
        raise UsageRefusal(
            f"{path} holds nothing that came over Ethernet ({kinds}); capture on an Ethernet "
            "interface or on any"
        )
    return found


def _no_capture(path: Path, stream: BinaryIO, error: DecodeError) -> str:
    stream.seek(0)
    start = stream.read(8)
    if not start:
        return f"{path} is empty; it should be a capture (pcap or pcapng)"
    program = capture.compression(start)
    if program:
        return f"{path} is compressed with {program}; decompress it first"
    return f"{path} is no capture in the format pcap or pcapng ({error})"


def _watch(
    config: Config, path: Path, stream: BinaryIO, found: Survey, progress: Callable[[int], None]
) -> Replayed:
    from checks import registry

    inventory = Inventory(inventory_settings(config), vendor_of)
    inventory.bound_newcomers(max(LEAST_STATIONS, found.packets // FRAMES_PER_STATION))
    inventory.set_scope(Scope(links=tuple(link.scope_link() for link in found.links.values())))
    inventory.set_tap(TapState(available=True), found.began)
    source = Replay(found)
    batch: list[AnyObservation] = []
    for count, (at, observations) in enumerate(source.observations(stream, progress), 1):
        batch += observations
        if len(batch) >= BATCH:
            inventory.apply(batch)
            batch = []
        if count % PICTURE_EVERY == 0:
            inventory.apply(batch)
            batch = []
            inventory.snapshot(at)
    inventory.apply(batch)
    problem = _problem(path, found)
    inventory.record_run(
        CollectorRun(
            name=NAME,
            status="failed" if problem else "ok",
            reason=problem or None,
            sent=0,
            received=found.packets,
            duration_s=round(found.ended - found.began, 4),
            finished_at=found.ended,
        )
    )
    malformed = dict(sorted(source.malformed.items()))
    heard = TapState(available=True, received=found.packets, malformed=malformed)
    inventory.set_tap(heard, found.ended)
    inventory.decide_identities(found.ended)
    snapshot = inventory.snapshot(found.ended)
    return Replayed(
        snapshot=snapshot,
        findings=registry.judge(snapshot),
        started_at=found.began,
        finished_at=found.ended,
        packets=found.packets,
        problem=problem,
        notes=_notes(found, malformed, snapshot),
    )


def _problem(path: Path, found: Survey) -> str:
    if found.problem is not None:
        return (
            f"{path.name} could be read only in part, the first {found.packets} packets: "
            f"{_where(found.problem)}"
        )
    if found.foreign:
        return (
            f"{found.foreign.total()} of {found.packets} packets in {path.name} did not come over "
            f"Ethernet ({_kinds(found)}) and were left out"
        )
    return ""


def _notes(found: Survey, malformed: dict[str, int], snapshot: Snapshot) -> tuple[str, ...]:
    notes = []
    if found.cut:
        notes.append(
            f"Of {found.cut} packets the capture holds only the start; capture with a longer "
            "snapshot length to see all of them."
        )
    if not found.ended:
        notes.append("The capture tells no times: nothing can be said of states.")
    if refused := snapshot.limits["devices"].refused:
        notes.append(
            f"Stations came too fast or were too many to be real: {refused} times one was left "
            f"out, {len(snapshot.devices)} are shown."
        )
    if malformed:
        reasons = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in malformed.items()
        )
        notes.append(f"Frames that could not be believed or decoded: {reasons}.")
    return tuple(notes)


def _where(error: DecodeError) -> str:
    if error.reason == "truncated":
        return f"it ends in the middle of a record, at octet {error.offset}"
    return f"it is damaged ({error.reason.replace('_', ' ')}) at octet {error.offset}"


def _kinds(found: Survey) -> str:
    kinds = sorted(found.foreign)
    return f"link type{'s' if len(kinds) > 1 else ''} {', '.join(map(str, kinds[:8]))}"


def _lower(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
