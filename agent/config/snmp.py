"""The section on SNMP: credentials by name, and the networks in which they may be shown."""

from typing import Annotated, Any, Literal

import msgspec

from agent.config import values
from agent.config.section import Section, key
from agent.config.values import Reader

AUTHS: tuple["Auth", ...] = ("sha", "sha224", "sha256", "sha384", "sha512")
PRIVACIES: tuple["Privacy", ...] = ("aes", "aes192", "aes256")
CREDENTIAL = "credential:"  # before a name in $CREDENTIALS_DIRECTORY
MOST_CREDENTIALS = 16
MOST_PER_NETWORK = 4
_MOST_NETWORKS = 64
_COMMUNITY_KEYS = ("community_file",)
_USER_KEYS = ("user", "auth", "auth_file", "privacy", "privacy_file")

Auth = Literal["sha", "sha224", "sha256", "sha384", "sha512"]
Privacy = Literal["aes", "aes192", "aes256"]


class SnmpLogin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named credential without its secrets: a community's file, or an SNMPv3 user's."""

    community_file: str = ""
    user: str = ""
    auth: Auth = "sha256"
    auth_file: str = ""
    privacy: Privacy = "aes"
    privacy_file: str = ""  # empty: nothing is encrypted


def login(value: Any) -> SnmpLogin:
    """Read a credential; ValueError says what is missing or does not belong together."""
    if not isinstance(value, dict):
        raise ValueError("is not a table; secrets do not belong into this file")
    allowed = _COMMUNITY_KEYS if "community_file" in value else _USER_KEYS
    for name in value:
        if name in ("community", "password", "passphrase"):
            raise ValueError(f'"{name}": secrets do not belong into this file, but into a file')
        if name not in allowed:
            raise ValueError(f'"{name}" does not belong to it; it takes {", ".join(allowed)}')
    read = {name: values.line(entry) for name, entry in value.items()}
    for name, text in read.items():
        if not text:
            raise ValueError(f'"{name}" is empty')
    if "community_file" not in read and not ("user" in read and "auth_file" in read):
        raise ValueError('has neither "community_file" nor "user" with "auth_file"')
    if "privacy" in read and "privacy_file" not in read:
        raise ValueError('has "privacy", but no "privacy_file"')
    if len(read.get("user", "").encode()) > 32:
        raise ValueError("the user's name is longer than 32 octets (RFC 3414 §5)")
    if "auth" in read:
        values.choice(*AUTHS)(read["auth"])
    if "privacy" in read:
        values.choice(*PRIVACIES)(read["privacy"])
    return SnmpLogin(**read)  # type: ignore[arg-type]


def named(reader: Reader, value_reader: Reader, most: int) -> Reader:
    """Make a reader of tables whose mistakes name the entry; values are never repeated in them."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("is not a table")
        if len(value) > most:
            raise ValueError(f"has {len(value)} entries, at most {most} are allowed")
        found = {}
        for entry, inside in value.items():
            known = str(reader(entry))
            try:
                found[known] = value_reader(inside)
            except ValueError as error:
                raise ValueError(f'"{known}": {error}') from None
        return found

    return read


def name(value: Any) -> str:
    """Read the name of a credential: letters, digits, hyphens and underscores."""
    text = values.line(value)
    if not text or len(text) > 32 or not text.isascii() or not _plain(text):
        raise ValueError(f'"{text}" is not a name of letters, digits, "-" and "_"')
    return text


class SnmpSection(Section, frozen=True, kw_only=True):
    """What devices are asked with over SNMP. Nothing is ever set, and no credential is guessed."""

    port: Annotated[
        int,
        key("UDP port of the devices.", "a whole number from 1 to 65535", values.whole(1, 65535)),
    ] = 161
    credentials: Annotated[
        dict[str, SnmpLogin],
        key(
            "Credentials by name. A file holds one secret on its first line; a relative path "
            f'starts at the config file, and "{CREDENTIAL}NAME" is what systemd\'s LoadCredential= '
            "gives. Without privacy_file the answers of a user are not encrypted.",
            'a table such as { switches = { user = "lanwarden", auth_file = "snmp-auth", '
            'privacy_file = "snmp-privacy" }, old = { community_file = "snmp-community" } }; '
            f"auth is one of {', '.join(AUTHS)} (else sha256), "
            f"privacy one of {', '.join(PRIVACIES)} (else aes)",
            named(name, login, MOST_CREDENTIALS),
        ),
    ] = msgspec.field(default_factory=dict)
    networks: Annotated[
        dict[str, tuple[str, ...]],
        key(
            "Which networks use which credentials, in this order; the first that a device answers "
            "to is kept. Whoever has an address there gets to see a community: name the "
            "addresses of the devices that are managed rather than a whole network.",
            'a table such as { "10.66.7.0/28" = ["switches", "old"] } of networks in scope, or '
            f"parts of them, with at most {MOST_PER_NETWORK} credentials each",
            named(values.cidr, values.listed(name, MOST_PER_NETWORK), _MOST_NETWORKS),
        ),
    ] = msgspec.field(default_factory=dict)


def _plain(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum()
