"""The lines of all devices, family by family, of which an update renders only what changed.

There are hundreds of thousands of these lines, so this is written for speed: a family is rendered
for all its devices in one loop, what does not vary is made beforehand, and lines that differ in the
device alone come from a pattern.
"""

from collections.abc import Iterable, Mapping, Sequence

from exporters.prometheus.family import Family, Open, Rows
from exporters.prometheus.text import escaped, label_value
from inventory.snapshot import Device


class DeviceTable:
    """Devices down, families across; a cell is the text of one device in one family."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._columns = tuple(_column(family) for family in families)
        self._devices: list[Device] = []
        self._open: list[Open] = []

    def update(
        self, devices: Iterable[Device], open_findings: Mapping[str, Open]
    ) -> dict[str, bytes]:
        """Take the devices and return the lines of the families in which a cell differs.

        A device is rendered when it is another object than before or its open findings differ. Of
        devices with the same id the last one counts.
        """
        now = list({device.id: device for device in devices}.values())
        its_open = [open_findings.get(f"device:{device.id}", ()) for device in now]
        places = self._places(now, its_open)
        fresh = [index for index, place in enumerate(places) if place is None]
        moved = len(now) != len(self._devices) or any(
            new.id != old.id for new, old in zip(now, self._devices, strict=True)
        )
        changed = [now[index] for index in fresh]
        findings = [its_open[index] for index in fresh]
        subjects = [label_value(device.id) for device in changed]
        dirty = {}
        for column in self._columns:
            texts = column.render(changed, findings, subjects)
            if column.place(places if moved else None, fresh, texts):
                dirty[column.family.name] = "".join(column.cells).encode()
        self._devices, self._open = now, its_open
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

    def _places(self, now: Sequence[Device], its_open: Sequence[Open]) -> list[int | None]:
        """Where in the table the cells of each device already are, None where they must be made."""
        rows = {device.id: row for row, device in enumerate(self._devices)}
        places: list[int | None] = []
        for device, findings in zip(now, its_open, strict=True):
            row = rows.get(device.id)
            if row is not None and (
                self._devices[row] is not device or self._open[row] != findings
            ):
                row = None
            places.append(row)
        return places


class _Column:
    """One family. `cells` holds one text per device, empty where the device has no sample."""

    def __init__(self, family: Family) -> None:
        if family.scope != "device" or family.labels[:1] != ("device",):
            raise ValueError(f"{family.name}: the first label of a device family is `device`")
        self.family = family
        self.cells: list[str] = []
        self._started = False

    def render(
        self, devices: Sequence[Device], findings: Sequence[Open], subjects: Sequence[str]
    ) -> list[str]:
        """One text per device; `subjects` are the ids, escaped."""
        raise NotImplementedError

    def place(
        self, places: Sequence[int | None] | None, fresh: Sequence[int], texts: Sequence[str]
    ) -> bool:
        """Put new texts at the rows `fresh`, after moving the kept ones; say whether it matters."""
        before, changed = self.cells, not self._started
        self._started = True
        if places is not None and len(fresh) == len(places):
            self.cells = list(texts)
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
    """A family with one number per device."""

    def render(
        self, devices: Sequence[Device], findings: Sequence[Open], subjects: Sequence[str]
    ) -> list[str]:
        head = f'{self.family.name}{{device="'
        values = list(map(self.family.samples, devices, findings))
        distinct = set(values)
        if len(distinct) * _OFTEN <= len(values):
            ends = {value: (head, f'"}} {value}\n') for value in distinct} | {None: ("",)}
            return [
                subject.join(ends[value]) for subject, value in zip(subjects, values, strict=True)
            ]
        return [
            "" if value is None else f'{head}{subject}"}} {value}\n'
            for subject, value in zip(subjects, values, strict=True)
        ]


class _Closed(_Column):
    """A family with one label from a short list: most devices have the same rows."""

    def __init__(self, family: Family) -> None:
        super().__init__(family)
        self._patterns: dict[Rows, tuple[str, ...]] = {}

    def render(
        self, devices: Sequence[Device], findings: Sequence[Open], subjects: Sequence[str]
    ) -> list[str]:
        rows = map(self.family.samples, devices, findings)
        known = self._patterns
        return [
            subject.join(known.get(its) or self._pattern(its))
            for subject, its in zip(subjects, rows, strict=True)
        ]

    def _pattern(self, rows: Rows) -> tuple[str, ...]:
        """The lines, cut where the device's id goes."""
        own = self.family.labels[1]
        head = f'{self.family.name}{{device="'
        pieces, end = [], head
        for values, value in rows:
            (text,) = escaped(values)
            pieces.append(end)
            end = f'",{own}="{text}"}} {value}\n{head}'
        pattern = (*pieces, end.removesuffix(head))
        if len(self._patterns) < _MOST_PATTERNS:
            self._patterns[rows] = pattern
        return pattern


class _Open(_Column):
    """A family with several labels, whose values differ from device to device."""

    def render(
        self, devices: Sequence[Device], findings: Sequence[Open], subjects: Sequence[str]
    ) -> list[str]:
        joints = "".join(f'",{name}="%s' for name in self.family.labels[1:])
        line = f'{self.family.name}{{device="%s{joints}"}} %s\n'
        texts = []
        for subject, its in zip(subjects, map(self.family.samples, devices, findings), strict=True):
            text = ""
            for values, value in its:
                text += line % (subject, *escaped(values), value)
            texts.append(text)
        return texts


_MOST_PATTERNS = 256
_OFTEN = 8  # so many devices per value make a pattern worth its while


def _column(family: Family) -> _Column:
    if family.single:
        return _Single(family)
    return _Closed(family) if len(family.labels) == 2 else _Open(family)
