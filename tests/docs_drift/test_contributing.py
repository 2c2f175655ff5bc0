"""The check that CONTRIBUTING.md walks through works as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.checks import lan

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def example() -> dict[str, Any]:
    found = re.search(r"```python\n(\"\"\"A device offers FTP.*?)```", TEXT, re.S)
    assert found is not None
    namespace: dict[str, Any] = {}
    exec(compile(found[1], "CONTRIBUTING.md", "exec"), namespace)
    return namespace


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("open", ("fail", None)),
        ("closed", ("pass", None)),
        ("filtered", ("unknown", "filtered")),
        (None, ("unknown", "not_probed")),
    ],
)
def test_the_example_judges_as_it_says(
    example: dict[str, Any], state: str | None, expected: tuple[str, str | None]
) -> None:
    services = () if state is None else (lan.service(21, state),)
    (finding,) = example["judge"](lan.snapshot(lan.device(services=services)))
    assert (finding.verdict, finding.reason) == expected
    assert finding.check == "posture.ftp_open"
