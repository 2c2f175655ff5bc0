"""What a register is once it is read: its table as it stands in the file, and what the rows say."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from inventory.snapshot import Registered

MAX_BYTES = 32 << 20
MAX_ROWS = 100_000
MAX_COLUMNS = 64
MAX_CELL = 1024  # characters that are kept of a cell
MAX_TEXT = 64  # characters of a name, a division or a serial number
MAX_PROBLEMS = 1000

HEADER_WITHIN = 20
NO_HEADER = (
    f"none of its first {HEADER_WITHIN} rows is a header: there has to be a column MAC, or Serial"
)

Record = tuple[int, list[str]]  # the number of a row, from 1, and its cells
Field = Literal["mac", "name", "division", "kind", "always_on", "classified", "serial", "mark"]
Form = Literal["csv", "xlsx"]


class RegisterError(Exception):
    """The file as a whole cannot be used; the text names it, what is wrong, and the remedy."""


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at one place. `row` as a spreadsheet counts, 0: the file; `column`: its header.

    `taken`: the row is used all the same, without what is wrong.
    """

    row: int
    column: str
    text: str
    taken: bool = True

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "the file"
        where = f"{place}, {self.column}" if self.column else place
        return f"{where}: {self.text}" + ("" if self.taken else "; the row is left out")


class Row(msgspec.Struct, frozen=True):
    """A row as it stands in the file; `entry` is None where it is left out.

    `new`: an export added it and nobody has taken the mark away yet.
    """

    number: int
    cells: tuple[str, ...]
    entry: Registered | None
    new: bool = False


class Register(msgspec.Struct, frozen=True):
    """A register that was read. `problems` are the first of `problems_total`."""

    source: str
    form: Form
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    fields: Mapping[Field, int]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    problems_total: int = 0

    @property
    def entries(self) -> tuple[Registered, ...]:
        """What the good rows say."""
        return tuple(row.entry for row in self.rows if row.entry is not None)


class Problems:
    """Collects problems up to a bound, and counts the rest."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.total = 0

    def add(self, row: int, column: str, text: str, *, taken: bool = True) -> None:
        """Note a problem."""
        self.total += 1
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(Problem(row, column, text, taken))
