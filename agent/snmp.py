"""The credentials of [snmp]: secrets out of their files, and what is wrong with these."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from agent.config.paths import beside
from agent.config.sections import Config
from agent.config.snmp import CREDENTIAL, SnmpLogin
from collectors.snmp_login import Community, Login, Logins, Rule, Secret, User

MAX_FILE_BYTES = 4096
MAX_SECRET_BYTES = 255
LEAST_PASSPHRASE_BYTES = 8  # RFC 3414 §11.2
_DIRECTORY = "CREDENTIALS_DIRECTORY"
UNSET = f"${_DIRECTORY} is not set"


class Read(msgspec.Struct, frozen=True):
    """Credentials as collectors take them; `warnings` are about files that others can read."""

    logins: Logins
    warnings: tuple[str, ...] = ()


def read_logins(config: Config, environment: Mapping[str, str] | None = None) -> Read:
    """Read the secrets of all credentials that a network uses.

    A credential whose file cannot be used is left out; why stands in `logins.problems`, by its key
    and without anything of the file.
    """
    reader = _Reader(config, os.environ if environment is None else environment)
    used = dict.fromkeys(name for names in config.snmp.networks.values() for name in names)
    found = {
        name: made
        for name in used
        if (made := reader.login(name, config.snmp.credentials[name])) is not None
    }
    rules = tuple(
        Rule(network, tuple(found[name] for name in names if name in found))
        for network, names in config.snmp.networks.items()
    )
    logins = Logins(rules, config.snmp.port, tuple(reader.problems))
    return Read(logins, tuple(reader.warnings))


class _Reader:
    """Reads secrets and notes what is wrong."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._config = config
        self._environment = environment

    def login(self, name: str, told: SnmpLogin) -> Login | None:
        if told.community_file:
            community = self._secret(f"{name}.community_file", told.community_file, 1)
            return None if community is None else Community(name, community)
        auth = self._secret(f"{name}.auth_file", told.auth_file, LEAST_PASSPHRASE_BYTES)
        if auth is None:
            return None
        if not told.privacy_file:
            return User(name, told.user, told.auth, auth)
        key = f"{name}.privacy_file"
        privacy = self._secret(key, told.privacy_file, LEAST_PASSPHRASE_BYTES)
        if privacy is None:
            return None
        return User(name, told.user, told.auth, auth, told.privacy, privacy)

    def _secret(self, key: str, told: str, least: int) -> Secret | None:
        where = f"snmp.credentials.{key}"
        path = self._path(where, told)
        if path is None:
            return None
        try:
            # Not to wait for a pipe that nobody writes to.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(MAX_FILE_BYTES + 1) if stat.S_ISREG(mode) else None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return self._refuse(where, f"the file cannot be read: {reason}")
        if data is None:
            return self._refuse(where, "that is not a file")
        if mode & stat.S_IROTH:
            self.warnings.append(
                f"{where}: every user of this machine can read the file; "
                f"mend it with: chmod o-rwx {path}"
            )
        secret, _, rest = data.partition(b"\n")
        secret = secret.removesuffix(b"\r")
        if rest.strip():
            return self._refuse(where, "the file has more than one line")
        if not least <= len(secret) <= MAX_SECRET_BYTES:
            allowed = f"{least} to {MAX_SECRET_BYTES} octets"
            return self._refuse(where, f"the secret has {len(secret)} octets; allowed: {allowed}")
        return Secret(secret)

    def _path(self, where: str, told: str) -> Path | None:
        if not told.startswith(CREDENTIAL):
            return beside(self._config, told)
        name = told.removeprefix(CREDENTIAL)
        folder = self._environment.get(_DIRECTORY, "")
        if not name or "/" in name or name in (".", ".."):
            self._refuse(where, f'after "{CREDENTIAL}" stands no name of a credential')
        elif not folder:
            self._refuse(
                where,
                f"{UNSET}; in the unit, LoadCredential= gives credentials to the service",
            )
        else:
            return Path(folder) / name
        return None

    def _refuse(self, where: str, wrong: str) -> Secret | None:
        self.problems.append(f"{where}: {wrong}")
        return None
