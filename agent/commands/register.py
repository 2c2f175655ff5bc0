"""`lanwarden register`: the office's list of its devices, against what was seen."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from agent.commands.options import AsJson, ConfigFile, path_of_store

if TYPE_CHECKING:
    from agent.config.sections import Config
    from inventory.register.model import Register
    from inventory.snapshot import Snapshot

app = App(
    name="register",
    help_epilogue="""\
The register is the list that the office keeps, as CSV or .xlsx. The first row
names the columns, in any order, in English or Vietnamese:
  mac, name, division, kind, always_on, classified, serial
  Địa chỉ MAC, Tên máy, Phòng, Loại, Luôn bật, Mật, Số máy
Its words win over what was seen. The config names it:  [register] file = "register.csv"

Reads the file and the store; sends nothing.

Examples:
  lanwarden register                          summary, and what is wrong in the file
  lanwarden register check danh-sach.xlsx     a file, before it is used
  lanwarden register reconcile                who is missing, who is a stranger
  lanwarden register export --output new.csv  the list, with what was seen beside it

To begin without a list: export, keep the rows that are yours, take away the
mark "new" in seen_status, and name the file in the config.
""",
)

MOST_PROBLEMS = 50


@app.default
def summary(*, config: ConfigFile = None) -> int:
    """Show how the register and the network agree, and what is wrong in the file."""
    from agent import register_report as report
    from agent import table
    from agent.config.paths import read_config

    settings = read_config(config)
    register = _registered(settings)
    out = table.console(sys.stdout)
    report.print_register(out, register, MOST_PROBLEMS)
    if path_of_store(settings).exists():
        snapshot = _compared(settings, register)
        report.print_counts(out, register, snapshot)
    else:
        print("Nothing was seen yet: there is no inventory to compare it with.")
    return 0


@app.command
def check(file: Path | None = None, *, config: ConfigFile = None) -> int:
    """Check a register file; every row with a problem is named. Exit code 1: there are some.

    Parameters
    ----------
    file:
        The file to check. Default: the one in the config.
    """
    from agent import register_report as report
    from agent import table
    from agent.config.paths import read_config

    register = _read(file) if file is not None else _registered(read_config(config))
    report.print_register(table.console(sys.stdout), register, None)
    return 1 if register.problems_total else 0


@app.command
def reconcile(*, json: AsJson = False, config: ConfigFile = None) -> int:
    """Compare: registered and unseen, seen and unregistered, fields that differ, duplicates."""
    from agent import register_report as report
    from agent.config.paths import read_config

    settings = read_config(config)
    register = _registered(settings)
    snapshot = _compared(settings, register)
    if json:
        sys.stdout.buffer.write(report.encode(register, snapshot))
        return 0
    from agent import table

    report.print_reconciliation(table.console(sys.stdout), register, snapshot)
    return 0


@app.command
def export(
    *,
    form: Annotated[
        Literal["csv", "xlsx"] | None,
        Parameter(
            name="--format",
            show_default=False,
            help="The form. Default: that of the name of the output, else csv.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        Parameter(show_default=False, help="Where to write it. Default: standard output."),
    ] = None,
    config: ConfigFile = None,
) -> int:
    """Write the register with what was seen; devices in no row are added, marked "new".

    Without a register it lists every device that was seen, to begin one with. A file that is there
    is replaced only when it is whole.
    """
    from agent import todo
    from agent.config.paths import read_config
    from agent.errors import UsageRefusal
    from agent.register import register_path
    from exporters import register as exports

    settings = read_config(config)
    register = _registered(settings) if register_path(settings) is not None else None
    snapshot = _compared(settings, register)
    networks = {network.id: todo.network_name(network) for network in snapshot.networks}
    made = exports.table(register, snapshot.devices, networks, snapshot.taken_at)
    named = "xlsx" if output is not None and output.suffix.lower() == ".xlsx" else "csv"
    if (form or named) == "xlsx":
        if output is None and sys.stdout.isatty():
            raise UsageRefusal("a workbook is nothing for a terminal; name a file with --output")
        data = exports.to_xlsx(made)
    else:
        delimiter = register.delimiter if register is not None else ""
        data = exports.to_csv(made, delimiter or ",")
    if output is None:
        sys.stdout.buffer.write(data)
        return 0
    _write(output, data)
    print(f"{output}: {len(made[1])} rows.", file=sys.stderr)
    return 0


def _registered(config: "Config") -> "Register":
    from agent.errors import UsageRefusal
    from agent.register import register_path

    path = register_path(config)
    if path is None:
        raise UsageRefusal(
            'no register is named; set [register] file = "register.csv" in the config '
            "(lanwarden register --help says what stands in it)"
        )
    return _read(path)


def _read(path: Path) -> "Register":
    from agent.errors import UsageRefusal
    from inventory.register.model import RegisterError
    from inventory.register.read import read

    try:
        return read(path)
    except RegisterError as error:
        raise UsageRefusal(str(error)) from None


def _compared(config: "Config", register: "Register | None") -> "Snapshot":
    from agent.known import known_snapshot

    entries = register.entries if register is not None else None
    return known_snapshot(config, path_of_store(config), entries)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; the one that is there keeps its mode."""
    import contextlib
    import os
    import tempfile

    from agent.errors import Refusal

    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
        if path.is_dir():
            raise IsADirectoryError(0, "is a directory")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, mode)  # noqa: PTH101 - by its name
            os.replace(name, path)  # noqa: PTH105
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Refusal(f"{path}: cannot be written: {reason}; name another with --output") from None
