"""When an assessment is kept, and how it is read back beside the agent."""

import asyncio
import io
from pathlib import Path

import pytest

from agent import readiness
from agent.keeper import Keeper
from agent.known import known_readiness_at
from agent.main import main
from agent.scan import DISCOVERY
from checks import registry
from checks.readiness.assessment import assess
from inventory.snapshot import Snapshot
from tests.agent.test_readiness_table import office
from tests.checks import lan

DAY_S = 86400.0


async def opened(tmp_path: Path) -> Keeper:
    keeper = Keeper(tmp_path / "lanwarden.db", lambda: lan.NOW)
    await keeper.open(())
    return keeper


async def follow(log: readiness.Log, snapshot: Snapshot) -> None:
    findings = await asyncio.to_thread(registry.judge, snapshot)
    await log.follow(snapshot, findings, assess(snapshot, findings))


@pytest.mark.parametrize(
    ("last", "names", "kept"),
    [
        pytest.param(None, DISCOVERY, True, id="first-pass-ever"),
        pytest.param(lan.NOW - 600, DISCOVERY, False, id="discovery-every-few-minutes"),
        pytest.param(lan.NOW - DAY_S, DISCOVERY, True, id="discovery-after-a-day"),
        pytest.param(lan.NOW + DAY_S, DISCOVERY, True, id="the-clock-was-wrong"),
        pytest.param(lan.NOW - 600, frozenset({"tcp"}), True, id="services"),
        pytest.param(lan.NOW - 600, DISCOVERY | {"parity"}, True, id="full"),
    ],
)
async def test_when_an_assessment_is_kept(
    tmp_path: Path, last: float | None, names: frozenset[str], kept: bool
) -> None:
    keeper = await opened(tmp_path)
    keeper.readiness_at = last
    log = readiness.Log(keeper)
    log.ran(names, lan.NOW)
    await follow(log, office(2))
    assert keeper.readiness_at == (lan.NOW if kept else last)
    await keeper.close()


async def test_a_picture_of_before_the_pass_is_not_kept(tmp_path: Path) -> None:
    keeper = await opened(tmp_path)
    log = readiness.Log(keeper)
    log.ran(DISCOVERY, lan.NOW + 1)
    await follow(log, office(2))
    assert keeper.readiness_at is None
    await keeper.close()


async def test_what_is_kept_is_read_by_another(tmp_path: Path) -> None:
    keeper = await opened(tmp_path)
    log = readiness.Log(keeper)
    log.ran(DISCOVERY, lan.NOW)
    await follow(log, office(2))
    found = await asyncio.to_thread(
        known_readiness_at, tmp_path / "lanwarden.db", lan.NOW - 5 * DAY_S
    )
    assert found.at == lan.NOW
    assert found.names["d-0000000001"] == "pc-1"
    await keeper.close()
    again = await opened(tmp_path)
    assert again.readiness_at == lan.NOW
    await again.close()


def config(tmp_path: Path) -> str:
    (tmp_path / "state").mkdir(exist_ok=True)
    file = tmp_path / "config.toml"
    file.write_text('[agent]\nsite = "stc"\nstate_directory = "state"\n', encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param((), 3, "nothing is known yet", id="no-store"),
        pytest.param(("rehearse",), 3, "nothing is known yet", id="rehearse-no-store"),
        pytest.param(("--since", "soon"), 2, "--since: ", id="since"),
        pytest.param(("--nonsense",), 2, "lanwarden ipv6 --help", id="option"),
    ],
)
def test_refusals_are_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    assert main(["ipv6", *arguments, "--config", config(tmp_path)]) == code
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param((), 0, "No network is known yet", id="screen"),
        pytest.param(("--plan",), 0, "ban hành kế hoạch", id="plan"),
        pytest.param(("rehearse",), 0, "a prediction", id="rehearse"),
        pytest.param(("--since", "7d"), 3, "no assessment is kept yet", id="since-nothing"),
        pytest.param(("--network", "eth9"), 2, "known are: none", id="network"),
        pytest.param(("--items", "/nonexistent"), 2, "no such file", id="items"),
        pytest.param(("--json",), 0, '"dual_stack"', id="json"),
        pytest.param(("rehearse", "--json"), 0, '"observed_days"', id="rehearse-json"),
    ],
)
def test_an_empty_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], code: int, said: str,
) -> None:  # fmt: skip
    from inventory.store import Store

    file = config(tmp_path)
    Store.open(tmp_path / "state/lanwarden.db", lambda: lan.NOW).close()
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr("sys.stdout", written)
    assert main(["ipv6", *arguments, "--config", file]) == code
    body = written.buffer
    assert isinstance(body, io.BytesIO)
    assert said in body.getvalue().decode() + capsys.readouterr().err
