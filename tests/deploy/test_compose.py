"""The compose file and the image's recipe, checked for form only: no container engine is needed."""

import re
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import DEPLOY

COMPOSE = DEPLOY / "compose/compose.yaml"
PARSED: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = PARSED["services"]
KNOWN_KEYS = {
    "build", "cap_add", "cap_drop", "command", "environment", "image", "logging", "mem_limit",
    "network_mode", "read_only", "restart", "security_opt", "tmpfs", "volumes",
}  # fmt: skip


def test_every_service_is_well_formed() -> None:
    assert set(PARSED) == {"name", "x-quiet", "services", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN_KEYS, name
        assert re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+", service["image"]), f"{name}: fixed version"


def test_nobody_has_more_rights_than_the_wire_needs() -> None:
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
    raw = {name for name, service in SERVICES.items() if "cap_add" in service}
    assert raw == {"agent", "blackbox"}
    assert all(SERVICES[name]["cap_add"] == ["NET_RAW"] for name in raw)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_mounted_folder_and_volume_exists(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (COMPOSE.parent / source).is_dir(), source
            assert mount.endswith(":ro"), mount
        else:
            assert source in PARSED["volumes"]


def test_everybody_listens_on_loopback_only() -> None:
    for name in ("prometheus", "alertmanager", "blackbox"):
        assert any("listen-address=127.0.0.1:" in option for option in SERVICES[name]["command"])
    assert SERVICES["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_the_recipe_copies_and_runs_what_exists() -> None:
    build = SERVICES["agent"]["build"]
    root = (COMPOSE.parent / build["context"]).resolve()
    recipe = (root / build["dockerfile"]).read_text(encoding="utf-8")
    for path in re.findall(r"requirements/\S+\.lock", recipe):
        assert (root / path).is_file()
    assert "--require-hashes" in recipe
    assert 'ENTRYPOINT ["lanwarden"]' in recipe
