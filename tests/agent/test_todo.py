"""What needs doing, grouped by check."""

import msgspec
import pytest

from agent import todo
from checks.verdict import Finding, Severity
from inventory.snapshot import DuplicateAddress, Network, Snapshot
from tests.agent.web.office import NOW, device

TITLES = {"posture.a": "No a is open"}
OFFICE = Snapshot(
    number=1,
    taken_at=NOW,
    site="x",
    devices=(device(9, "late"), device(2, "early"), device(3)),
    networks=(Network("net-eth0", "eth0", ("10.66.7.0/24",), ()),),
)


def finding(check: str, subject: int | str, **more: object) -> Finding:
    subject = subject if isinstance(subject, str) else f"device:d-{subject:010d}"
    values: dict[str, object] = {
        "check": check, "subject": subject, "verdict": "fail", "severity": Severity.MEDIUM,
        "summary": "s", "remedy": "r",
    }  # fmt: skip
    return Finding(**{**values, **more})  # type: ignore[arg-type]


def test_one_task_per_check_worst_first() -> None:
    found = [
        finding("posture.a", 9),
        finding("posture.b", 9, severity=Severity.HIGH),
        finding("posture.a", 2),
        finding("posture.c", 2, verdict="pass", severity=Severity.CRITICAL),
        finding("posture.d", 2, verdict="unknown"),
        finding("posture.e", "network:net-eth0", severity=Severity.CRITICAL, verdict="warn"),
    ]
    tasks = todo.tasks(found, OFFICE, TITLES)
    assert [task.check for task in tasks] == ["posture.e", "posture.b", "posture.a"]
    assert [task.title for task in tasks] == ["posture.e", "posture.b", "No a is open"]
    assert [task.outcome for task in tasks] == [
        "in doubt for 1 network", "not met by 1 device", "not met by 2 devices",
    ]  # fmt: skip
    assert tasks[0].concerns[0].who == "eth0"


def test_subjects_stand_by_severity_then_address() -> None:
    found = [
        finding("posture.a", 9),
        finding("posture.a", 2),
        finding("posture.a", 3, severity=Severity.HIGH),
        finding("posture.a", "domain:stc.example"),
    ]
    (task,) = todo.tasks(found, OFFICE, TITLES)
    assert task.severity == Severity.HIGH
    assert [concern.who for concern in task.concerns] == [
        "10.66.7.3", "early (10.66.7.2)", "late (10.66.7.9)", "domain:stc.example",
    ]  # fmt: skip
    assert task.extent == "4 subjects"


def test_all_findings_of_a_check_are_tallied() -> None:
    found = [finding("posture.a", 2, verdict="pass"), finding("posture.a", 9)]
    (task,) = todo.by_check(found, OFFICE, TITLES, lambda _: True)
    assert task.tally == "2 devices: 1 fail, 1 pass"
    assert [concern.finding.verdict for concern in task.concerns] == ["fail", "pass"]


@pytest.mark.parametrize(
    ("macs", "text"),
    [
        pytest.param(
            ("3c:52:82:00:07:02", "3c:52:82:00:07:03"),
            "10.66.7.2 is used by two stations: 3c:52:82:00:07:02 (early), "
            "3c:52:82:00:07:03 (no name, Hewlett Packard)",
            id="named-and-not",
        ),
        pytest.param(
            ("02:00:00:00:00:01", "3c:52:82:00:07:02", "3c:52:82:00:07:09"),
            "10.66.7.2 is used by three stations: 02:00:00:00:00:01 (unknown device), "
            "3c:52:82:00:07:02 (early), 3c:52:82:00:07:09 (late)",
            id="three",
        ),
    ],
)
def test_duplicates(macs: tuple[str, ...], text: str) -> None:
    twice = DuplicateAddress("10.66.7.2", macs, NOW, NOW)
    network = msgspec.structs.replace(OFFICE.networks[0], duplicates=(twice,))
    office = msgspec.structs.replace(OFFICE, networks=(network,))
    (task,) = todo.tasks([], office, TITLES)
    assert [str(one) for one in task.duplicates] == [text]
    assert task.severity == Severity.HIGH
    assert task.outcome == "not met by 1 address"
    assert todo.contested(office)["d-0000000002"] == {"10.66.7.2"}


def test_nothing_to_do() -> None:
    assert todo.tasks([finding("posture.a", 2, verdict="pass")], OFFICE, TITLES) == ()


def test_every_check_has_a_title() -> None:
    assert todo.titles()["posture.telnet_open"] == "No telnet service is open"
