"""The config: one frozen struct per section; each key carries its reader and reference line."""

from typing import Annotated, Any, Literal

import msgspec

from agent.config import values
from agent.config.ipv6 import DomainsSection, Ipv6Section
from agent.config.section import Section, key
from agent.config.snmp import SnmpSection
from agent.config.values import Reader
from inventory.settings import ALWAYS_ON
from inventory.snapshot import DeviceKind

NETWORKS_MOST = 256


class AgentSection(Section, frozen=True, kw_only=True):
    """Who this agent is and where it keeps its state."""

    site: Annotated[
        str,
        key("Name of the site; stands in reports and documents.", "short text", values.site),
    ] = "office"
    division: Annotated[
        str,
        key("Name of the division that answers for the site.", "one line of text", values.line),
    ] = ""
    language: Annotated[
        Literal["en", "vi"],
        key("Language of reports.", '"en" or "vi"', values.choice("en", "vi")),
    ] = "en"
    state_directory: Annotated[
        str,
        key(
            "Where the store lives. Empty: $STATE_DIRECTORY as systemd gives it, else "
            "/var/lib/lanwarden for root, else $XDG_STATE_HOME/lanwarden.",
            "a path",
            values.path,
        ),
    ] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        key(
            "Least severity that is logged.",
            '"debug", "info", "warning" or "error"',
            values.choice("debug", "info", "warning", "error"),
        ),
    ] = "info"
    log_format: Annotated[
        Literal["logfmt", "json"],
        key(
            "Form of the log lines on standard error.",
            '"logfmt" or "json"',
            values.choice("logfmt", "json"),
        ),
    ] = "logfmt"


class ScopeSection(Section, frozen=True, kw_only=True):
    """What may be probed. With no networks the agent listens and checks its own host only."""

    networks: Annotated[
        tuple[str, ...],
        key(
            "Networks that may be probed, IPv4 and IPv6; ranges and patterns too.",
            f'a list of at most {NETWORKS_MOST} networks such as "10.66.7.0/24"',
            values.networks(NETWORKS_MOST),
        ),
    ] = ()
    exclude: Annotated[
        tuple[str, ...],
        key(
            "Parts of them that are never probed.",
            f'a list of at most {NETWORKS_MOST} networks; one address is "10.66.7.9/32"',
            values.networks(NETWORKS_MOST),
        ),
    ] = ()
    authority: Annotated[
        str,
        key(
            "Number and date of the document that allows the scanning; printed in reports.",
            "one line of text",
            values.line,
        ),
    ] = ""


class TapSection(Section, frozen=True, kw_only=True):
    """The process that holds the raw sockets."""

    interfaces: Annotated[
        tuple[str, ...],
        key(
            "Interfaces to watch and probe on. Empty: those that hold the networks in scope.",
            "a list of at most 16 interface names",
            values.listed(values.interface, 16),
        ),
    ] = ()
    pace_per_second: Annotated[
        int,
        key(
            "Most frames sent in a second, all probes together.",
            "a whole number from 1 to 100000",
            values.whole(1, 100_000),
        ),
    ] = 1000
    socket: Annotated[
        str,
        key(
            "Unix socket of a tap service to connect to. Empty: start the tap as a child when "
            "there is the right to, else go on without.",
            "a path",
            values.path,
        ),
    ] = ""


class ScheduleSection(Section, frozen=True, kw_only=True):
    """When the agent does what. Cron expressions are in the machine's local time."""

    discovery: Annotated[
        str,
        key(
            "Find devices over IPv4 and IPv6 and ask for their names.",
            'a cron expression such as "*/5 * * * *"',
            values.cron,
        ),
    ] = "*/5 * * * *"
    posture: Annotated[
        str,
        key(
            "Look at TCP services, and at what [posture] opts in to.",
            'a cron expression such as "40 9 * * *"',
            values.cron,
        ),
    ] = "40 9 * * *"
    ipv6_light: Annotated[
        str,
        key(
            "Look at the own stack, the resolvers and the way out.",
            'a cron expression such as "20 10 * * *"',
            values.cron,
        ),
    ] = "20 10 * * *"
    ipv6_full: Annotated[
        str,
        key(
            "The same, and parity of services and the own domains.",
            'a cron expression such as "30 10 * * 3"',
            values.cron,
        ),
    ] = "30 10 * * 3"
    presence: Annotated[
        float,
        key(
            "How often every known device is asked whether it is there.",
            'a duration such as "15s"',
            values.duration,
        ),
    ] = 15.0
    jitter: Annotated[
        float,
        key(
            "Each start of the jobs above is put off by a random time up to this.",
            'a duration such as "20s"',
            values.duration,
        ),
    ] = 20.0


class RegisterSection(Section, frozen=True, kw_only=True):
    """The office's own list of its devices."""

    file: Annotated[
        str,
        key(
            "The list, as CSV or .xlsx; read again when it changes. Its words win over what was "
            "seen. Empty: there is none. A relative path starts at the config file.",
            "a path",
            values.path,
        ),
    ] = ""


class PostureSection(Section, frozen=True, kw_only=True):
    """Probes that need the officer's consent."""

    default_community: Annotated[
        tuple[str, ...],
        key(
            'Networks in which SNMP devices may be asked with the well-known community "public", '
            "once per device and day.",
            "a list of networks",
            values.networks(NETWORKS_MOST),
        ),
    ] = ()


class HealthSection(Section, frozen=True, kw_only=True):
    """When a device counts as down, and when the agent doubts itself instead."""

    patience: Annotated[
        int,
        key(
            "Missed rounds of probes before a second kind of probe decides on a device that should "
            "always be on.",
            "a whole number from 2 to 100",
            values.whole(2, 100),
        ),
    ] = 4
    patience_by_kind: Annotated[
        dict[DeviceKind, int],
        key(
            "The same for single kinds, whether or not they should always be on. Kinds that are "
            "not named: workstation 12, laptop 20, printer, scanner and tv 40, phone and tablet "
            "60, others that may be off 8. A device that often comes back by itself later than "
            "that is given more time.",
            "a table such as { printer = 80 } of numbers from 2 to 1000",
            values.table_of(values.device_kind, values.whole(2, 1000), 32),
        ),
    ] = msgspec.field(default_factory=dict)
    always_on_kinds: Annotated[
        tuple[DeviceKind, ...],
        key(
            "Kinds of device that are expected to be up at all times.",
            'a list of device kinds such as ["router", "switch"]',
            values.listed(values.device_kind, 32),
        ),
    ] = ALWAYS_ON
    mass_silence_percent: Annotated[
        int,
        key(
            "When so many of a network's devices fall silent together, and as many of those that "
            "should always be on, the agent doubts itself: their state is unknown until others "
            "prove that it hears the network.",
            "a whole number from 5 to 100",
            values.whole(5, 100),
        ),
    ] = 30
    mass_silence_devices: Annotated[
        int,
        key(
            "But never for fewer devices than these, unless nobody answers at all.",
            "a whole number from 2 to 1000",
            values.whole(2, 1000),
        ),
    ] = 4
    changes_per_hour: Annotated[
        int,
        key(
            "A device that comes and goes more often is flapping: one event, and twice the "
            "patience, until it is steady.",
            "a whole number from 2 to 30",
            values.whole(2, 30),
        ),
    ] = 6


class WebSection(Section, frozen=True, kw_only=True):
    """Where pages, metrics and the API are served."""

    listen: Annotated[
        tuple[str, ...],
        key(
            "Addresses to listen on.",
            'a list of addresses such as "127.0.0.1:10460" or "[::1]:10460"',
            values.listed(values.listen_address, 16),
        ),
    ] = ("127.0.0.1:10460",)
    web_config_file: Annotated[
        str,
        key(
            "TLS and basic auth: a web configuration file of the Prometheus exporter-toolkit, "
            "in YAML. A relative path starts at the config file.",
            "a path",
            values.path,
        ),
    ] = ""


class StoreSection(Section, frozen=True, kw_only=True):
    """Where what is known is kept."""

    path: Annotated[
        str,
        key(
            "The database. Empty: lanwarden.db in the state directory.",
            "a path",
            values.path,
        ),
    ] = ""


class LimitsSection(Section, frozen=True, kw_only=True):
    """How much is kept. `lanwarden_limit_reached` says when a limit keeps something out."""

    max_devices: Annotated[
        int,
        key(
            "Most devices that are known.",
            "a whole number from 100 to 200000",
            values.whole(100, 200_000),
        ),
    ] = 20_000
    new_devices_per_minute: Annotated[
        int,
        key(
            "New devices that are learnt in a minute, twice as many at once; the first pass may "
            "find as many more as there are addresses in scope. A flood of invented MACs stops "
            "there.",
            "a whole number from 10 to 100000",
            values.whole(10, 100_000),
        ),
    ] = 1_000
    max_series: Annotated[
        int,
        key(
            "Most samples of devices on /metrics; the devices seen last are left out.",
            "a whole number from 1000 to 10000000",
            values.whole(1_000, 10_000_000),
        ),
    ] = 500_000
    max_events: Annotated[
        int,
        key(
            "Most events that the store keeps; the oldest go.",
            "a whole number from 1000 to 10000000",
            values.whole(1_000, 10_000_000),
        ),
    ] = 100_000


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole config; `source` is the file it came from, empty for the defaults."""

    agent: AgentSection = AgentSection()
    scope: ScopeSection = ScopeSection()
    tap: TapSection = TapSection()
    schedule: ScheduleSection = ScheduleSection()
    register: RegisterSection = RegisterSection()
    ipv6: Ipv6Section = Ipv6Section()
    domains: DomainsSection = DomainsSection()
    snmp: SnmpSection = SnmpSection()
    posture: PostureSection = PostureSection()
    health: HealthSection = HealthSection()
    web: WebSection = WebSection()
    store: StoreSection = StoreSection()
    limits: LimitsSection = LimitsSection()
    source: str = ""


class Key(msgspec.Struct, frozen=True):
    """One key as the loader and the reference page need it."""

    name: str
    about: str
    allowed: str
    reader: Reader
    default: Any


def sections() -> dict[str, type[Section]]:
    """Return the sections by name, in the order of the file."""
    return {
        field.name: field.type for field in msgspec.structs.fields(Config) if field.name != "source"
    }


def keys(section: type[Section]) -> dict[str, Key]:
    """Return a section's keys by name, in the order of the file."""
    found = {}
    for field in msgspec.structs.fields(section):
        meta = field.type.__metadata__[0]
        found[field.name] = Key(
            name=field.name,
            about=meta.description,
            allowed=meta.extra["allowed"],
            reader=meta.extra["reader"],
            default=_default(field),
        )
    return found


def _default(field: msgspec.structs.FieldInfo) -> Any:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()
