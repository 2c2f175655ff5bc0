"""Progress on standard error, where a person sees it."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.scan import Progress as Show


def shown_progress() -> "tuple[Show, Callable[[], None]]":
    """What to tell of progress, and what to call at the end; silent without a terminal."""
    if not sys.stderr.isatty():
        return lambda _name, _done, _total: None, lambda: None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn

    bars = Progress(
        TextColumn("{task.description:<15}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        console=Console(stderr=True),
        transient=True,
    )
    bars.start()
    tasks: dict[str, TaskID] = {}

    def show(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=total)
        bars.update(tasks[name], completed=done, total=total)

    return show, bars.stop
