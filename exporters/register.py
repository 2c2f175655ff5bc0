"""The register with what was seen beside it, as CSV or .xlsx; what is written can be read again.

The officer's cells stay as they are, those of rows that were left out too. Columns that begin with
`seen_` are written anew each time. Devices in no row are added with the mark `new` in
`seen_status`: such a row is registered when the mark is taken away.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from inventory.register import words
from inventory.register.model import Field, Register
from inventory.register.reconcile import UNSEEN_S, seen_serials
from inventory.register.rows import FORMULA_STARTS
from inventory.snapshot import Device

Format = Literal["csv", "xlsx"]
Table = tuple[list[str], list[list[str]]]

_OWN_TITLES: tuple[tuple[Field, str], ...] = (
    ("mac", "mac"), ("name", "name"), ("division", "division"), ("kind", "kind"),
    ("always_on", "always_on"), ("classified", "classified"), ("serial", "serial"),
)  # fmt: skip
_WIDEST = 60
_LONGEST = 32_767  # characters in a cell of a workbook
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[+-]?[0-9][0-9 .,]*", re.ASCII)  # numbers, telephone numbers


def table(
    register: Register | None, devices: Iterable[Device], networks: Mapping[str, str], now: float
) -> Table:
    """The titles and rows of an export; `networks` names the networks by their ids.

    The devices carry the rows that the inventory tied to them.
    """
    known = sorted(devices, key=lambda device: (device.first_seen, device.id))
    tied: dict[int, list[Device]] = defaultdict(list)
    for device in known:
        if device.registered is not None:
            tied[device.registered.row].append(device)
    headers = register.headers if register is not None else ()
    kept = [place for place, title in enumerate(headers) if not words.is_ours(title)]
    fields = {
        field: kept.index(place)
        for field, place in (register.fields if register is not None else {}).items()
        if place in kept
    }
    titles = [headers[place] for place in kept]
    for field, title in _OWN_TITLES:
        if field not in fields:
            fields[field] = len(titles)
            titles.append(title)
    rows = []
    for row in register.rows if register is not None else ():
        if row.new:
            continue  # seen then; if it still is in no row, it is added below
        cells = [row.cells[place] for place in kept]
        cells += [""] * (len(titles) - len(cells))
        found = tied[row.number] if row.entry is not None else []
        status = _status(found, now) if row.entry is not None else "left out"
        rows.append(cells + _seen(found, status, networks))
    strangers = [d for d in known if d.registered is None and not d.own and d.macs]
    rows.extend(
        _added(device, fields, len(titles)) + _seen([device], words.NEW, networks)
        for device in strangers
    )
    return [*titles, *words.SEEN_COLUMNS], rows


def to_csv(made: Table, delimiter: str = ",") -> bytes:
    """UTF-8 with a byte order mark, for Excel; no cell begins a formula (see `safe`)."""
    titles, rows = made
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(map(safe, titles))
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def to_xlsx(made: Table) -> bytes:
    """A workbook with one sheet; every cell is text, so none is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    titles, rows = made
    book = Workbook(write_only=True)
    sheet = book.create_sheet("register")
    for place, title in enumerate(titles, 1):
        longest = max([len(title), *(len(row[place - 1]) for row in rows[:1000])])
        sheet.column_dimensions[get_column_letter(place)].width = min(longest + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    for number, row in enumerate([titles, *rows]):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_UNWRITABLE.sub("", text)[:_LONGEST] or None)
            if cell.value is not None:
                cell.data_type = "s"  # whatever it begins with
            cell.number_format = "@"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before what begins one."""
    begins = cell[:1] in FORMULA_STARTS and _PLAIN.fullmatch(cell) is None
    return f"'{cell}" if begins else cell


def _status(found: Sequence[Device], now: float) -> str:
    if not found:
        return "never seen"
    last = max(device.last_seen for device in found)
    return "seen" if now - last <= UNSEEN_S else "unseen since"


def _seen(found: Sequence[Device], status: str, networks: Mapping[str, str]) -> list[str]:
    names = [name.name for device in found for name in device.names if name.source != "register"]
    kinds = dict.fromkeys(device.guessed for device in found if device.guessed != "unknown")
    return [
        status,
        " ".join(device.id for device in found),
        names[0] if names else "",
        " ".join(kinds),
        "; ".join(dict.fromkeys(d.vendor for d in found if d.vendor and not d.random_mac)),
        " ".join(mac for device in found for mac in device.macs),
        " ".join(one.address for device in found for one in device.addresses),
        "; ".join(dict.fromkeys(networks.get(d.network, "") for d in found)),
        _moment(min((device.first_seen for device in found), default=None)),
        _moment(max((device.last_seen for device in found), default=None)),
    ]


def _added(device: Device, fields: Mapping[Field, int], width: int) -> list[str]:
    cells = [""] * width
    serials = seen_serials(device)
    values: dict[Field, str] = {
        "mac": " ".join(device.macs),
        "name": device.name,
        "kind": "" if device.kind == "unknown" else device.kind,
        "serial": serials[0] if serials else "",
    }
    for field, value in values.items():
        cells[fields[field]] = value
    return cells


def _moment(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}"
