"""From a TOML file to a Config; every problem of every section is reported at once."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.config.section import Section
from agent.config.sections import Config, keys, sections
from agent.errors import UsageRefusal

MAX_FILE_BYTES = 1 << 20


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one key: where, what, and what would be right."""

    file: str
    key: str
    wrong: str
    allowed: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return (
            f"{where}: {self.wrong}; allowed: {self.allowed}"
            if self.allowed
            else (f"{where}: {self.wrong}")
        )


class ConfigError(UsageRefusal):
    """The config cannot be used; `problems` has one entry per mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def load(path: Path) -> Config:
    """Read and check a config file. Raises ConfigError with everything that is wrong."""
    return parse(_read(path), str(path))


def parse(text: str, source: str) -> Config:
    """Check the text of a config file. Raises ConfigError with everything that is wrong."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError((Problem(source, "", f"not valid TOML: {error}", ""),)) from None
    problems: list[Problem] = []
    known = sections()
    built: dict[str, Section] = {}
    for name, table in document.items():
        if name not in known:
            wrong = f"there is no such section{_meant(name, known)}"
            problems.append(Problem(source, f"[{name}]", wrong, _listing(known, "[{}]")))
        elif not isinstance(table, dict):
            problems.append(Problem(source, name, "is a section, not a value", f"[{name}]"))
        else:
            built[name] = _section(known[name], name, table, source, problems)
    config = msgspec.convert({"source": source}, Config)
    config = msgspec.structs.replace(config, **built)
    if not problems:
        problems.extend(_across(config, source))
    if problems:
        raise ConfigError(tuple(problems))
    return config


def _section(
    section: type[Section],
    name: str,
    table: Mapping[str, Any],
    source: str,
    problems: list[Problem],
) -> Section:
    known = keys(section)
    values: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{name}.{key}"
        if key not in known:
            wrong = f"there is no such key{_meant(key, known)}"
            problems.append(Problem(source, where, wrong, _listing(known, "{}")))
            continue
        try:
            values[key] = known[key].reader(value)
        except ValueError as error:
            problems.append(Problem(source, where, str(error), known[key].allowed))
    return section(**values)


def _across(config: Config, source: str) -> list[Problem]:
    import ipaddress

    found = []
    scope = [ipaddress.ip_network(text) for text in config.scope.networks]
    for text in config.scope.networks:
        network = ipaddress.ip_network(text)
        if network.version == 4 and network.prefixlen < 16:
            found.append(
                Problem(
                    source,
                    "scope.networks",
                    f'"{text}" has {network.num_addresses} addresses',
                    "IPv4 networks of at most 65536 addresses (/16)",
                )
            )
    consents = [("posture.default_community", text) for text in config.posture.default_community]
    for key, text in (*consents, *(("snmp.networks", text) for text in config.snmp.networks)):
        wanted = ipaddress.ip_network(text)
        inside = any(
            wanted.version == other.version and wanted.subnet_of(other)  # type: ignore[arg-type]
            for other in scope
        )
        if not inside:
            wrong = f'"{text}" is not inside scope.networks'
            found.append(Problem(source, key, wrong, "networks in scope, or parts of them"))
    known = config.snmp.credentials
    for text, names in config.snmp.networks.items():
        for name in names:
            if name not in known:
                wrong = f'"{text}" uses "{name}", which is not in snmp.credentials'
                wrong += _meant(name, known)
                found.append(Problem(source, "snmp.networks", wrong, _listing(known, '"{}"')))
    return found


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError((Problem(str(path), "", "there is no such file", ""),)) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError((Problem(str(path), "", f"cannot be read: {reason}", ""),)) from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError((Problem(str(path), "", "is larger than 1 MiB", ""),))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"is not UTF-8 text (byte {error.start})"
        raise ConfigError((Problem(str(path), "", wrong, ""),)) from None


def _meant(given: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f', did you mean "{close[0]}"?' if close else ""


def _listing(known: Mapping[str, object], form: str) -> str:
    return ", ".join(form.format(name) for name in known)
