"""The officer's register as the running agent uses it: read again when the file changes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from agent.config.paths import beside
from agent.config.sections import Config
from exporters.prometheus.family import RegisterFacts
from inventory.register.model import Problem, Register, RegisterError
from inventory.register.read import read
from inventory.snapshot import Registered, RegisterState

MOST_LOGGED = 20
_NOTICED = 3

Signature = tuple[int, ...] | None

log = logging.getLogger("lanwarden.register")


def register_path(config: Config) -> Path | None:
    """Where the register is; None: there is none."""
    return beside(config, config.register.file) if config.register.file else None


class FollowedRegister:
    """Follows one file. What was read last stays in force while the file cannot be read.

    `entries` are the good rows; None: there is no register. `problem` says why the file as it is
    now is not used, empty when it is.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._path: Path | None = None
        self._seen: Signature = None
        self._begun = False
        self._rows_problems: tuple[Problem, ...] = ()
        self._problems_total = 0
        self._success_at: float | None = None
        self.entries: tuple[Registered, ...] | None = None
        self.problem = ""

    def facts(self, in_force: RegisterState | None) -> RegisterFacts | None:
        """What the metrics say of it, given what is in force; None without a register."""
        if self._path is None:
            return None
        rows = in_force.rows if in_force is not None else 0
        at = self._success_at or (in_force.read_at if in_force is not None else None)
        return RegisterFacts(rows, self._problems_total, not self.problem, at)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the officer should know of it."""
        if self._path is None:
            return ()
        found = []
        if self.problem:
            in_force = "the one before it stays in force" if self._success_at else (
                "what it said before the agent started stays in force"
            )  # fmt: skip
            found.append(f"The register is not used: {self.problem}; {in_force}.")
        elif self._problems_total:
            first = "; ".join(str(one) for one in self._rows_problems[:_NOTICED])
            more = self._problems_total - _NOTICED
            rest = f"; and {more} more" if more > 0 else ""
            count = self._problems_total
            found.append(
                f"The register has {count} problem{'s' if count > 1 else ''}: {first}{rest}. "
                "`lanwarden register check` lists them."
            )
        return tuple(found)

    async def follow(self, path: Path | None, again: bool = False) -> bool:
        """Read the file if it is another, or changed, or `again`; whether `entries` are new."""
        if path != self._path or not self._begun:
            self._begin(path)
            if path is None:
                return True
        if path is None:
            return False
        seen = await asyncio.to_thread(_signature, path)
        if seen == self._seen and not again:
            return False
        self._seen = seen
        try:
            register = await asyncio.to_thread(read, path)
        except RegisterError as error:
            self._fail(str(error))
            return False
        self._take(register)
        return True

    def _begin(self, path: Path | None) -> None:
        self._begun = True
        self._path, self._seen = path, None
        self._rows_problems, self._problems_total = (), 0
        self._success_at, self.entries, self.problem = None, None, ""

    def _fail(self, problem: str) -> None:
        if problem != self.problem:
            log.error("the register is not used, what it said before stays in force: %s", problem)
        self.problem = problem

    def _take(self, register: Register) -> None:
        changed = register.problems != self._rows_problems
        self.entries, self.problem = register.entries, ""
        self._rows_problems = register.problems
        self._problems_total = register.problems_total
        self._success_at = self._clock()
        log.info(
            "register read",
            extra={
                "fields": {
                    "rows": len(register.entries),
                    "problems": register.problems_total,
                    "encoding": register.encoding or register.form,
                }
            },
        )
        if changed:
            for one in register.problems[:MOST_LOGGED]:
                log.warning("the register: %s", one)
            if register.problems_total > MOST_LOGGED:
                more = register.problems_total - MOST_LOGGED
                log.warning("the register: %d problems more; lanwarden register check", more)


def _signature(path: Path) -> Signature:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)
