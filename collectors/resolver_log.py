"""Who asks the office's resolvers for which names, read from their query logs as they grow.

Files of dnsmasq and unbound that the officer named. Nothing is sent. A file is read from where the
last pass ended; a rotated one to its end first, under its new name.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from collectors.contract import CollectorError, Context, NoData
from collectors.observation import AnyObservation, Family, LookedUp
from collectors.resolver_lines import MAX_LINE, Answer, Question, moment, parse

NAME: Final = "resolver_log"
FILES_OPTION: Final = "resolver_logs"  # option: paths of the files
PLACES_OPTION: Final = "resolver_log_places"  # option: `Places`, where the last pass ended
MAX_BYTES: Final = 64 << 20  # of one file in one pass; the rest waits for the next
FIRST_BYTES: Final = 16 << 20  # of a file that is new to us: its end
MAX_PAIRS: Final = 20_000  # client and name, before they are handed on
MAX_ANSWERS: Final = 8
REPLY_WITHIN: Final = 200  # lines; a later reply than this is not waited for
_CHUNK: Final = 1 << 20
_DAY_S: Final = 86400.0
_FAMILIES: Final[tuple[Family, ...]] = ("ipv4", "ipv6")


class Place(msgspec.Struct, frozen=True):
    """Which file it was, by device and inode, and how many octets of it were read."""

    device: int
    inode: int
    offset: int


class Places:
    """Where reading goes on, by path; kept in a file when there is one, so it outlives the agent.

    A file that cannot be read or written costs no more than reading the logs' ends again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[str, Place] | None = None if file is not None else {}

    def of(self, path: str) -> Place | None:
        """Where the last pass ended."""
        return self._places().get(path)

    def put(self, path: str, place: Place) -> None:
        """Remember it, and write it down."""
        self._places()[path] = place
        if self._file is None:
            return
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            new.write_bytes(msgspec.json.encode(self._known))
            new.replace(self._file)
        except OSError:
            return

    def keep(self, paths: Iterable[str]) -> None:
        """Forget files that are not configured any more."""
        wanted = set(paths)
        self._known = {path: place for path, place in self._places().items() if path in wanted}

    def _places(self) -> dict[str, Place]:
        if self._known is None:
            self._known = {}
            try:
                read = self._file.read_bytes() if self._file is not None else b"{}"
                self._known = msgspec.json.decode(read, type=dict[str, Place])
            except (OSError, msgspec.DecodeError):
                pass
        return self._known


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a LookedUp per client, name and day of what was written since the last pass.

    Raises NoData when no file is configured, CollectorError when one cannot be read; the others
    are read first.
    """
    files = context.options.get(FILES_OPTION)
    paths = [str(one) for one in files] if isinstance(files, list | tuple) else []
    if not paths:
        raise NoData("no logs of resolvers are configured ([ipv6] resolver_logs)")
    kept = context.options.get(PLACES_OPTION)
    places = kept if isinstance(kept, Places) else Places()
    await asyncio.to_thread(places.keep, paths)
    errors = []
    for path in paths:
        reading = _Reading(path, places, context.clock())
        steps = reading.steps()
        while True:
            try:
                found = await asyncio.to_thread(next, steps, None)
            except OSError as error:
                errors.append(f"{path}: {error.strerror or error}")
                break
            if found is None:
                break
            for observation in found:
                yield observation
    if errors:
        raise CollectorError(
            f"cannot read {errors[0]}; give the agent's user the right to read it"
            + (f" ({len(errors)} files in all)" if len(errors) > 1 else "")
        )


class _Tally(msgspec.Struct):
    """What is known of one client, name and day: questions of each kind, and replies to them."""

    asked: dict[tuple[str, bool], int] = msgspec.field(default_factory=dict)
    at: float = 0.0
    with_answers: bool = False
    line: int = 0  # the number of the last question's line


class _Reading:
    """Reads one path; each step gives observations and says how far it is."""

    def __init__(self, path: str, places: Places, now: float) -> None:
        self._path = path
        self._places = places
        self._now = now
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        self._answers: dict[str, dict[str, None]] = {}
        self._lacks: dict[str, set[str]] = {}
        self._aliases: list[str] = []
        self._line = 0

    def steps(self) -> Iterator[list[LookedUp]]:
        """Observations, a bounded number at a time; raises OSError when the file is not there."""
        place = self._places.of(self._path)
        for file, start in self._parts(place):
            with file.open("rb") as opened:
                status = os.fstat(opened.fileno())
                opened.seek(start)
                if start and place is None:
                    opened.readline(_CHUNK)  # the rest of a line that began before
                yield from self._lines(opened, status)
        yield self._flush()

    def _parts(self, place: Place | None) -> Iterator[tuple[Path, int]]:
        """The files to read, oldest first, with where to begin."""
        path = Path(self._path)
        status = path.stat()
        if place is None:
            yield path, max(0, status.st_size - FIRST_BYTES)
            return
        if (status.st_dev, status.st_ino) == (place.device, place.inode):
            # Shorter than it was: it was emptied in place (copytruncate).
            yield path, place.offset if status.st_size >= place.offset else 0
            return
        for earlier in (Path(f"{self._path}.1"), Path(f"{self._path}.0")):
            try:
                rotated = earlier.stat()
            except OSError:
                continue
            if (rotated.st_dev, rotated.st_ino) == (place.device, place.inode):
                yield earlier, place.offset
        yield path, 0

    def _lines(self, opened: BinaryIO, status: os.stat_result) -> Iterator[list[LookedUp]]:
        offset = opened.tell()
        end = offset + MAX_BYTES
        too_long = False
        while offset < end:
            chunk = opened.read(_CHUNK)
            last = chunk.rfind(b"\n")
            if not chunk or (last < 0 and len(chunk) < _CHUNK):
                return  # a line that is still being written waits for the next pass
            if last < 0:
                too_long, offset = True, offset + len(chunk)
                continue
            lines = chunk[:last].split(b"\n")
            for line in lines[1:] if too_long else lines:
                if len(line) <= MAX_LINE:
                    self._take(line.decode("ascii", "replace"))
            too_long = False
            offset += last + 1
            opened.seek(offset)
            found = self._flush() if len(self._tallies) >= MAX_PAIRS else []
            self._places.put(self._path, Place(status.st_dev, status.st_ino, offset))
            yield found

    def _take(self, line: str) -> None:
        said = parse(line)
        self._line += 1
        if isinstance(said, Question):
            self._aliases.clear()
            at = moment(line, self._now)
            key = (said.client, said.name, int(at // _DAY_S))
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = _Tally()
            kind = (said.kind, bool(said.rcode))
            tally.asked[kind] = tally.asked.get(kind, 0) + 1
            tally.at = max(tally.at, at)
            tally.with_answers = tally.with_answers or said.with_answers
            tally.line = self._line
            if said.rcode == "NXDOMAIN":
                self._lacks.setdefault(said.name, set()).update(("ipv4", "ipv6"))
        elif isinstance(said, Answer):
            self._answered(said)
        else:
            self._aliases.clear()

    def _answered(self, said: Answer) -> None:
        if said.alias:
            self._aliases = [*self._aliases[-15:], said.name]
            return
        for name in {said.name, *self._aliases}:
            if len(self._answers) >= MAX_PAIRS and name not in self._answers:
                continue
            known = self._answers.setdefault(name, {})
            if said.address and len(known) < MAX_ANSWERS:
                known[said.address] = None
            if said.lacks:
                self._lacks.setdefault(name, set()).update(said.lacks)

    def _flush(self) -> list[LookedUp]:
        found = []
        for (client, name, _), tally in self._tallies.items():
            answers = tuple(self._answers.get(name, ()))
            lacks = self._lacks.get(name, set())
            # The reply to one of the last questions may come in the next pass.
            is_late = self._line - tally.line > REPLY_WITHIN
            replied = bool(answers or lacks or is_late)
            found.append(
                LookedUp(
                    at=tally.at,
                    source=NAME,
                    client=client,
                    name=name,
                    a=max(tally.asked.get(("A", one), 0) for one in (False, True)),
                    aaaa=max(tally.asked.get(("AAAA", one), 0) for one in (False, True)),
                    answers=answers,
                    lacks=tuple(f for f in _FAMILIES if f in lacks and not _has(f, answers)),
                    with_answers=tally.with_answers and replied,
                )
            )
        self._tallies.clear()
        self._answers.clear()
        self._lacks.clear()
        return found


def _has(family: Family, answers: Iterable[str]) -> bool:
    return any((":" in address) is (family == "ipv6") for address in answers)
