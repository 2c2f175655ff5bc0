"""What holds for every suite: who may open sockets, and where nothing may be skipped."""

import inspect
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import HealthCheck, settings

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

ROOT = Path(__file__).parent
ROOMS = ("agent", "collectors", "exporters", "checks", "inventory")
WITH_SOCKETS = frozenset({"lan", "e2e", "packaging", "deploy"})
# Small local files, and moments in which nobody waits for the loop.
MAY_BLOCK = (
    ("agent/web/pages.py", "__init__"),
    ("agent/keeper.py", "close"),
    ("agent/version.py", "version"),
    ("collectors/tap/client.py", "start"),
    ("jinja2/loaders.py", "get_source"),  # once per template
    ("jinja2/loaders.py", "uptodate"),
)
REQUIRED = os.environ.get("LANWARDEN_REQUIRE_LAN") == "1"

# A busy machine is no failure; the same examples every time, so that a red run can be repeated.
settings.register_profile(
    "house", deadline=None, derandomize=REQUIRED, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the suites that run real programs use sockets; unit tests get none (pytest-socket)."""
    for item in items:
        if _suite(item.path) in WITH_SOCKETS:
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a coroutine of ours that blocks the event loop, in unit tests of coroutines."""
    allowed = request.node.get_closest_marker("blocks") or _suite(request.path) in WITH_SOCKETS
    if allowed or not inspect.iscoroutinefunction(request.function):
        yield
        return
    with blockbuster_ctx(list(ROOMS)) as guard:
        for name in ("os.path.abspath", "os.getcwd"):
            guard.functions[name].deactivate()
        for file, function in MAY_BLOCK:
            for blocking in guard.functions.values():
                blocking.can_block_in(file, function)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skipped test where LANWARDEN_REQUIRE_LAN=1 says that everything is at hand."""
    report = yield
    return _refused(report) if _is_plain_skip(report) else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    return _refused(report) if _is_plain_skip(report) else report


def _suite(path: Path) -> str:
    try:
        return path.relative_to(ROOT).parts[0]
    except ValueError:
        return ""


def _is_plain_skip(report: pytest.TestReport | pytest.CollectReport) -> bool:
    return REQUIRED and report.skipped and not hasattr(report, "wasxfail")


def _refused(report: Report) -> Report:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: nothing may be skipped here, yet: {reason}"
    return report
