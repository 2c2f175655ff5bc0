"""The table of checks, made by listing the packages `checks.ipv6`, `checks.posture` and others.

Each module there is one check: it holds `CHECK`, its card, and `judge(snapshot)`, which yields
findings. `checks/ipv6/ra_present.py` must call itself `ipv6.ra_present`.
"""

import importlib
import logging
import pkgutil
from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from checks.verdict import Check, Finding
from inventory.snapshot import Snapshot

GROUPS = ("health", "ipv6", "posture")

_log = logging.getLogger(__name__)


class CheckModule(NamedTuple):
    """One check: its card and the function that judges."""

    check: Check
    judge: Callable[[Snapshot], Iterable[Finding]]

    @property
    def name(self) -> str:
        """The public name, as in `ipv6.ra_present`."""
        return self.check.name


class BrokenCheckError(Exception):
    """A module under `checks` is not a check; the text names it and what it lacks."""


def load() -> tuple[CheckModule, ...]:
    """Import every check and return them sorted by name; raises BrokenCheckError."""
    return tuple(_load_one(group, module) for group in GROUPS for module in _modules(group))


def judge(
    snapshot: Snapshot,
    names: Collection[str] | None = None,
    *,
    modules: tuple[CheckModule, ...] | None = None,
    on_bug: Callable[[str, Exception], None] | None = None,
    before: Collection[Finding] = (),
) -> tuple[Finding, ...]:
    """Return the findings of all checks, or of `names`, in the order of the table.

    Findings that equal one of `before`, those of an earlier snapshot, are that one itself: then
    both together need little more memory than one of them.

    A check that raises is a bug: it is logged, told to `on_bug` and left out, findings that it had
    already made included; the others still judge. Raises KeyError for a name that no check has.
    """
    table = load() if modules is None else modules
    if names is not None:
        unknown = sorted(set(names) - {module.name for module in table})
        if unknown:
            raise KeyError(f"no such check: {', '.join(unknown)}")
    findings: list[Finding] = []
    known = _by_check(before)
    for module in table:
        if names is None or module.name in names:
            made = _judge_one(module, snapshot, on_bug)
            findings += _shared(made, known.get(module.name, []))
    return tuple(findings)


def _by_check(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    return {name: list(made) for name, made in groupby(findings, attrgetter("check"))}


def _shared(made: list[Finding], before: list[Finding]) -> list[Finding]:
    """The findings made, those of `before` in place of equal ones; both have the same order."""
    if len(made) == len(before):
        return [old if old == new else new for new, old in zip(made, before, strict=True)]
    known = {old.subject: old for old in before}
    return [old if (old := known.get(new.subject)) == new else new for new in made]


def _judge_one(
    module: CheckModule,
    snapshot: Snapshot,
    on_bug: Callable[[str, Exception], None] | None,
) -> list[Finding]:
    try:
        return list(module.judge(snapshot))
    except Exception as error:  # noqa: BLE001 - one broken check must not silence the others
        _log.exception("check %s is broken and was left out", module.name)
        if on_bug is not None:
            on_bug(module.name, error)
        return []


def _modules(group: str) -> list[str]:
    package = importlib.import_module(f"checks.{group}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def _load_one(group: str, name: str) -> CheckModule:
    path = f"checks.{group}.{name}"
    module = importlib.import_module(path)
    check, function = getattr(module, "CHECK", None), getattr(module, "judge", None)
    if not isinstance(check, Check) or not callable(function):
        raise BrokenCheckError(f"{path} must hold CHECK and judge(snapshot)")
    if check.name != f"{group}.{name}":
        raise BrokenCheckError(f"{path} calls itself {check.name}; it must be {group}.{name}")
    return CheckModule(check, function)
