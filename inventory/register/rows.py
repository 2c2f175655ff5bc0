"""From the cells of a table to what its rows say; each row's problems are named."""

import re
from collections.abc import Iterable

from collectors.wire.text import clean_text
from inventory import identity
from inventory.register import words
from inventory.register.model import (
    HEADER_WITHIN,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
    NO_HEADER,
    Field,
    Problems,
    Record,
    RegisterError,
    Row,
)
from inventory.snapshot import DeviceKind, Registered

MAX_MACS = 16
FORMULA_STARTS = frozenset("=+-@＝＋－＠\t\r")  # what makes a spreadsheet take text for a formula
MAC_FORMS = "00:1b:a9:00:00:09, 00-1B-A9-00-00-09, 001b.a900.0009 or 001BA9000009"
# What firmware says when nobody gave it a number.
_NO_SERIALS = frozenset(
    words.fold(text)
    for text in (
        "none", "n/a", "na", "unknown", "default string", "system serial number", "not specified",
        "to be filled by o.e.m.", "123456789", "0123456789", "không", "không có", "chưa có", "x",
    )
)  # fmt: skip

_MAC = re.compile(
    r"[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}([.:-])[0-9a-f]{4}\2[0-9a-f]{4}"
    r"|[0-9a-f]{6}[:-][0-9a-f]{6}|[0-9a-f]{12}",
    re.ASCII,
)
_BETWEEN_MACS = re.compile(r"[\s,;/|]+")
_NUMBER = re.compile(r"\d{1,12}|\d+([.,]\d+)?e\+?\d+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def mac_of(text: str) -> str:
    """A MAC in the one form that the inventory uses; empty when the text is none."""
    lowered = text.strip().lower()
    if _MAC.fullmatch(lowered) is None:
        return ""
    digits = re.sub(r"[^0-9a-f]", "", lowered)
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def serial_key(serial: str) -> str:
    """A serial number as it is compared; empty for one that names no single device."""
    folded = words.fold(serial)
    if len(folded) < 4 or folded in _NO_SERIALS or len(set(folded)) < 2:
        return ""
    return folded


class Table:
    """Reads the records of one file into rows, in order."""

    def __init__(self, problems: Problems) -> None:
        self.headers: tuple[str, ...] = ()
        self.fields: dict[Field, int] = {}
        self.rows: list[Row] = []
        self._problems = problems
        self._macs: dict[str, int] = {}
        self._serials: dict[str, int] = {}

    def read(self, records: Iterable[Record]) -> None:
        """Read everything. Raises RegisterError when there is no header."""
        waiting = iter(records)
        self._find_header(waiting)
        marked = 0
        for number, cells in waiting:
            kept = self._kept(number, cells)
            if not any(kept):
                continue
            if len(self.rows) >= MAX_ROWS:
                self._problems.add(
                    number, "", f"no more than {MAX_ROWS} rows are read", taken=False
                )
                break
            if self._cell(kept, "mark").casefold() == words.NEW:
                self.rows.append(Row(number, kept, None, new=True))
                marked += 1
            else:
                self.rows.append(Row(number, kept, self._entry(number, kept)))
        if marked:
            self._problems.add(
                0, "seen_status",
                f"{marked} rows still carry the mark {words.NEW!r} of an export and are not "
                "registered; take the mark away where a device is yours",
            )  # fmt: skip
        if not self.rows:
            self._problems.add(0, "", "it has a header and no rows")

    def _find_header(self, records: Iterable[Record]) -> None:
        for number, cells in records:
            titles = [" ".join(cell.split())[:MAX_TEXT] for cell in cells[:MAX_COLUMNS]]
            found: dict[Field, int] = {}
            for place, title in enumerate(titles):
                field = words.field_of(title)
                if field is None:
                    continue
                if field in found:
                    self._problems.add(
                        number, title, f"a second column for {field}; the first one is used"
                    )
                else:
                    found[field] = place
            if "mac" in found or "serial" in found:
                while titles and not titles[-1]:
                    titles.pop()
                self.headers, self.fields = tuple(titles), found
                return
            if number >= HEADER_WITHIN:
                break
        raise RegisterError(NO_HEADER)

    def _kept(self, number: int, cells: list[str]) -> tuple[str, ...]:
        """The cells under a title, without control characters, each of bounded length."""
        kept = []
        for place, cell in enumerate(cells[: len(self.headers)]):
            cell = cell.strip()
            if len(cell) > MAX_CELL:
                self._say(number, place, f"longer than {MAX_CELL} characters; it is cut")
                cell = cell[:MAX_CELL]
            if _CONTROL.search(cell):
                self._say(number, place, "control characters; they are left out")
                cell = _CONTROL.sub("", cell)
            kept.append(cell)
        if any(cell.strip() for cell in cells[len(self.headers) :]):
            self._problems.add(number, "", "cells beyond the last title; they are left out")
        return (*kept, *([""] * (len(self.headers) - len(kept))))

    def _entry(self, number: int, cells: tuple[str, ...]) -> Registered | None:
        cell, title = self._cell(cells, "mac"), self._title("mac")
        macs, wrong = self._read_macs(number, cell)
        double = next((mac for mac in macs if mac in self._macs), "")
        if double:
            wrong.append(f"{double} is in row {self._macs[double]} already")
        serial = "" if double else self._read_serial(number, self._cell(cells, "serial"), macs)
        if not macs and not wrong and not serial_key(self._cell(cells, "serial")):
            wrong.append("neither a MAC nor a serial number")
        taken = not double and bool(macs or serial)
        for text in wrong:
            self._problems.add(number, title, text, taken=taken)
        if not taken:
            return None
        for mac in macs:
            self._macs[mac] = number
        if serial:
            self._serials.setdefault(serial_key(serial), number)
        return Registered(
            row=number,
            macs=macs,
            name=self._short(number, "name", self._cell(cells, "name")),
            division=self._short(number, "division", self._cell(cells, "division")),
            kind=self._read_kind(number, self._cell(cells, "kind")),
            always_on=self._read_truth(number, cells, "always_on"),
            classified=self._read_truth(number, cells, "classified") is True,
            serial=serial,
        )

    def _read_macs(self, number: int, cell: str) -> tuple[tuple[str, ...], list[str]]:
        """The MACs of a cell, and what is wrong with the rest of it."""
        found: dict[str, None] = {}
        wrong: list[str] = []
        whole = mac_of(cell.replace(" ", ""))
        for word in [whole] if whole else filter(None, _BETWEEN_MACS.split(cell)):
            mac = mac_of(word)
            if len(found) + len(wrong) >= MAX_MACS:
                wrong.append(f"more than {MAX_MACS} MACs; the rest is cut")
                break
            if not mac:
                number_taken = _NUMBER.fullmatch(word.lower()) is not None
                hint = "Excel took it for a number; format the column as text; "
                wrong.append(
                    f'"{clean_text(word, 40)}" is no MAC; {hint if number_taken else ""}'
                    f"allowed: {MAC_FORMS}"
                )
            elif shared := identity.shared_by(mac):
                wrong.append(f"{mac} names no single device: {shared}")
            else:
                found[mac] = None
                if identity.is_random(mac):
                    self._problems.add(
                        number,
                        self._title("mac"),
                        f"{mac} is locally administered: chosen by software, it may change",
                    )
        return tuple(found), wrong

    def _read_serial(self, number: int, cell: str, macs: tuple[str, ...]) -> str:
        serial = self._short(number, "serial", cell)
        key = serial_key(serial)
        if not key:
            return ""
        if key in self._serials:
            self._problems.add(
                number, self._title("serial"),
                f'"{serial}" is in row {self._serials[key]} already', taken=bool(macs),
            )  # fmt: skip
            return ""
        return serial

    def _read_kind(self, number: int, cell: str) -> DeviceKind | None:
        kind = words.kind_of(cell)
        if kind == "unknown":
            return None
        if cell and kind is None:
            self._problems.add(
                number, self._title("kind"),
                f'"{clean_text(cell, 40)}" is no kind that is known; '
                f"allowed: {words.KINDS_ALLOWED}, or the Vietnamese word",
            )  # fmt: skip
        return kind

    def _read_truth(self, number: int, cells: tuple[str, ...], field: Field) -> bool | None:
        cell = self._cell(cells, field)
        if not cell:
            return None
        truth = words.truth_of(cell)
        if truth is None:
            self._problems.add(
                number, self._title(field),
                f'"{clean_text(cell, 40)}" is neither yes nor no; allowed: 1, 0, yes, no, true, '
                "false, x, có, không, or nothing",
            )  # fmt: skip
        return truth

    def _short(self, number: int, field: Field, cell: str) -> str:
        text = clean_text(cell, MAX_CELL)
        if len(text) > MAX_TEXT:
            self._problems.add(
                number, self._title(field), f"longer than {MAX_TEXT} characters; it is cut"
            )
            text = text[:MAX_TEXT].rstrip()
        # A spreadsheet's text sign, and what an export put before a formula (see `exporters`).
        return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_STARTS else text

    def _cell(self, cells: tuple[str, ...], field: Field) -> str:
        place = self.fields.get(field)
        return cells[place] if place is not None else ""

    def _title(self, field: Field) -> str:
        place = self.fields.get(field)
        return self.headers[place] if place is not None else field

    def _say(self, number: int, place: int, text: str) -> None:
        self._problems.add(number, self.headers[place], text)
