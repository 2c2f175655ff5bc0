"""Keys over both families."""

from typing import Any

import pytest

from checks.ipv6 import key_parity
from inventory.snapshot import (
    Device,
)
from inventory.traits import (
    Key,
)
from tests.checks import lan, verdicts


def key(at: str, fingerprint: str = "SHA256:a", **fields: Any) -> Key:
    values: dict[str, Any] = {"last_seen": lan.NOW - 60, "algorithm": "ssh-ed25519"} | fields
    return Key(at, 22, "ssh", fingerprint, **values)


def host(*keys: Key) -> Device:
    return lan.device("d-1", "10.66.0.9", "2001:db8:66::9", keys=keys)


CASES: list[Any] = [
    pytest.param(host(key("10.66.0.9"), key("2001:db8:66::9")), {}, "pass", None, id="same"),
    pytest.param(
        host(key("10.66.0.9"), key("2001:db8:66::9", "SHA256:b")), {}, "fail", None, id="differ"
    ),
    pytest.param(
        host(key("10.66.0.9"), key("2001:db8:66::9", "SHA256:b", algorithm="ssh-rsa")),
        {},
        "pass",
        None,
        id="other algorithms",
    ),
    pytest.param(host(key("10.66.0.9")), {}, "unknown", "not_probed", id="one family"),
    pytest.param(host(), {}, "not_applicable", None, id="none"),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(key_parity.judge, device, fields), verdict, reason)
