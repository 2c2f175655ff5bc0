"""The lines of all devices, family by family, of which an update renders only what changed.

There are hundreds of thousands of these lines, so this is written for speed: a family is rendered
for all its devices in one loop, what does not vary is made beforehand or put in when the cells are
joined, and lines that differ in the device alone come from a pattern.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

from exporters.prometheus.family import Family, Judged, Rows
from exporters.prometheus.text import escaped, label_values
from inventory.snapshot import Device


class DeviceTable:
    """Devices down, families across; a cell is the text of one device in one family."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._columns = tuple(_column(family) for family in families)
        self._devices: list[Device] = []
        self._judged: list[Judged] = []
        self._ids = _ids([])

    @property
    def series(self) -> int:
        """How many lines the table has."""
        return sum(column.series for column in self._columns)

    def update(self, devices: Iterable[Device], judged: Mapping[str, Judged]) -> dict[str, bytes]:
        """Take the devices and return the lines of the families in which a cell differs.

        A device is rendered when it is another object than before or what is judged of it differs.
        Of devices with the same id the last one counts.
        """
        now = list({device.id: device for device in devices}.values())
        its = [judged.get(device.id, _UNJUDGED) for device in now]
        places = self._places(now, its)
        fresh = [index for index, place in enumerate(places) if place is None]
        moved = len(now) != len(self._devices) or any(
            new.id != old.id for new, old in zip(now, self._devices, strict=True)
        )
        if moved:
            self._ids = _ids(now)
        devices, chosen = [now[row] for row in fresh], [its[row] for row in fresh]
        subjects = [self._ids.subjects[row] for row in fresh]
        dirty = {}
        for column in self._columns:
            texts = column.render(devices, chosen, subjects)
            if column.place(places if moved else None, fresh, texts):
                dirty[column.family.name] = column.joined(self._ids).encode()
        self._devices, self._judged = now, its
        return dirty

    def oldest(self, most: int) -> list[Device]:
        """The devices seen first whose lines, all together, are at most `most`, in their order."""
        left, kept = most, set()
        order = sorted(range(len(self._devices)), key=lambda row: self._devices[row].first_seen)
        for row in order:
            left -= sum(column.cells[row].count("\n") for column in self._columns)
            if left < 0:
                break
            kept.add(row)
        return [device for row, device in enumerate(self._devices) if row in kept]

    def _places(self, now: Sequence[Device], its: Sequence[Judged]) -> list[int | None]:
        """Where in the table the cells of each device already are, None where they must be made."""
        rows = {device.id: row for row, device in enumerate(self._devices)}
        places: list[int | None] = []
        for device, judged in zip(now, its, strict=True):
            row = rows.get(device.id)
            if row is not None and (
                self._devices[row] is not device or self._judged[row] != judged
            ):
                row = None
            places.append(row)
        return places


class _Ids(NamedTuple):
    """The ids of all devices in the table, as they stand in the lines."""

    subjects: Sequence[str]  # escaped
    starts: Sequence[str]  # with what follows them in a line without further labels


class _Column:
    """One family. `cells` holds one text per device, empty where the device has no sample.

    A cell leaves out what is put in again when the column is joined; it has all ends of lines.
    """

    def __init__(self, family: Family) -> None:
        if family.scope != "device" or family.labels[:1] != ("device",):
            raise ValueError(f"{family.name}: the first label of a device family is `device`")
        self.family = family
        self.head = f'{family.name}{{device="'
        self.cells: list[str] = []
        self.series = 0
        self._started = False

    def render(
        self, devices: Sequence[Device], judged: Sequence[Judged], subjects: Sequence[str]
    ) -> list[str]:
        """One cell per device; `subjects` are the ids, escaped."""
        raise NotImplementedError

    def joined(self, ids: _Ids) -> str:
        """The lines of all devices; sets `series`. Here, cells lack the head of their first."""
        text = self.head.join(["", *filter(None, self.cells)])
        self.series = text.count("\n")
        return text

    def place(
        self, places: Sequence[int | None] | None, fresh: Sequence[int], texts: list[str]
    ) -> bool:
        """Put new texts at the rows `fresh`, after moving the kept ones; say whether it matters."""
        before, changed = self.cells, not self._started
        self._started = True
        if places is not None and len(fresh) == len(places):
            self.cells = texts
            return True
        if places is not None:
            self.cells = ["" if place is None else before[place] for place in places]
            changed = True
        for row, text in zip(fresh, texts, strict=True):
            if self.cells[row] != text:
                self.cells[row] = text
                changed = True
        return changed


class _Single(_Column):
    """A family with one number per device: a cell is the number, so that many can share one."""

    def render(
        self, devices: Sequence[Device], judged: Sequence[Judged], subjects: Sequence[str]
    ) -> list[str]:
        values = list(map(self.family.samples, devices, judged))
        if _repeat(values[:_PROBE]) and _repeat(values):
            texts = {value: "" if value is None else f"{value}\n" for value in set(values)}
            return list(map(texts.__getitem__, values))
        return ["" if value is None else f"{value}\n" for value in values]

    def joined(self, ids: _Ids) -> str:
        starts, cells = ids.starts, self.cells
        self.series = len(cells) - cells.count("")
        if self.series < len(cells):
            starts, cells = list(compress(starts, cells)), list(filter(None, cells))
        pieces = [self.head] * (3 * self.series)
        pieces[1::3] = starts
        pieces[2::3] = cells
        return "".join(pieces)


class _Closed(_Column):
    """A family with one label from a short list: most devices have the same rows."""

    def __init__(self, family: Family) -> None:
        super().__init__(family)
        self._patterns: dict[Rows, tuple[str, ...]] = {}

    def render(
        self, devices: Sequence[Device], judged: Sequence[Judged], subjects: Sequence[str]
    ) -> list[str]:
        rows = map(self.family.samples, devices, judged)
        known = self._patterns
        return [
            subject.join(known.get(its) or self._pattern(its))
            for subject, its in zip(subjects, rows, strict=True)
        ]

    def _pattern(self, rows: Rows) -> tuple[str, ...]:
        """The cell, cut where the device's id goes."""
        own = self.family.labels[1]
        pieces, end = [], ""
        for values, value in rows:
            (text,) = escaped(values)
            pieces.append(end)
            end = f'",{own}="{text}"}} {value}\n{self.head}'
        pattern = (*pieces, end.removesuffix(self.head))
        if len(self._patterns) < _MOST_PATTERNS:
            self._patterns[rows] = pattern
        return pattern


class _Open(_Column):
    """A family with several labels, whose values differ from device to device."""

    def render(
        self, devices: Sequence[Device], judged: Sequence[Judged], subjects: Sequence[str]
    ) -> list[str]:
        pieces = ["", *(x for name in self.family.labels[1:] for x in (f'",{name}="', "")), ""]
        head, join, rows = self.head, "".join, map(self.family.samples, devices, judged)
        texts = []
        for subject, its in zip(subjects, rows, strict=True):
            text = ""
            for values, value in its:
                pieces[0] = head + subject if text else subject
                pieces[2:-1:2] = escaped(values)
                pieces[-1] = f'"}} {value}\n'
                text += join(pieces)
            texts.append(text)
        return texts


_UNJUDGED = Judged()
_MOST_PATTERNS = 256
_OFTEN = 8  # so many devices per value make it worth its while to keep the value's text
_PROBE = 256  # so many values tell whether to look at all of them


def _ids(devices: Sequence[Device]) -> _Ids:
    subjects = label_values([device.id for device in devices])
    return _Ids(subjects, [f'{subject}"}} ' for subject in subjects])


def _repeat(values: Sequence[float | None]) -> bool:
    return len(set(values)) * _OFTEN <= len(values)


def _column(family: Family) -> _Column:
    if family.single:
        return _Single(family)
    return _Closed(family) if len(family.labels) == 2 else _Open(family)
