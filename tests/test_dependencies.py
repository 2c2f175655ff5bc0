"""Every dependency is used, and everything used is a dependency."""

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("agent", "collectors", "exporters", "checks", "inventory")
# Loaded by name: uvicorn parses HTTP with the one, the other is imported in a thread.
LOADED_BY_NAME = {"httptools": "agent/web/server.py", "psutil": "collectors/host.py"}


def _imported() -> set[str]:
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - set(ROOMS)


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {requirement.partition(">")[0] for requirement in project["dependencies"]}


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    distributions = metadata.packages_distributions()
    used = {distributions[module][0].lower().replace("_", "-") for module in _imported()}
    for name, where in LOADED_BY_NAME.items():
        assert f'"{name}"' in (ROOT / where).read_text(encoding="utf-8")
        used.add(name)
    assert used == _declared()
