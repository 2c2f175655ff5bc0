"""`lanwarden check`: the catalogue of checks."""

import sys
from typing import TYPE_CHECKING

from cyclopts import App

from agent.errors import UsageRefusal

if TYPE_CHECKING:
    from checks.registry import CheckModule

app = App(
    name="check",
    help_epilogue="""\
Examples:
  lanwarden check list
  lanwarden check show ipv6.ra_present
""",
)


@app.command(name="list")
def show_list() -> int:
    """List the checks."""
    from rich import box
    from rich.table import Table

    from agent.table import console
    from checks import registry

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in ("CHECK", "SEVERITY", "WHAT IT ASKS FOR"):
        table.add_column(title)
    for module in registry.load():
        table.add_row(module.name, str(module.check.severity), module.check.title)
    console(sys.stdout).print(table)
    return 0


@app.command
def show(name: str) -> int:
    """Show one check.

    Parameters
    ----------
    name
        The name of the check, as in the list.
    """
    module = _find(name)
    check = module.check
    print(f"{check.name}: {check.title}\n")
    about = (sys.modules[module.judge.__module__].__doc__ or "").strip()
    if about:
        print(f"{about}\n")
    print(f"Severity   {check.severity}")
    print(f"Reference  {check.reference}")
    print(f"Remedy     {check.remedy}")
    return 0


def _find(name: str) -> "CheckModule":
    import difflib

    from checks import registry

    modules = {module.name: module for module in registry.load()}
    if name in modules:
        return modules[name]
    close = difflib.get_close_matches(name, modules, n=1, cutoff=0.4)
    hint = f'did you mean "{close[0]}"?' if close else "see: lanwarden check list"
    raise UsageRefusal(f'there is no check "{name}"; {hint}')
