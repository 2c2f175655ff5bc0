"""What the configuration means for the other parts: inventory settings, tap settings, options."""

import logging
from collections.abc import Callable
from pathlib import Path

from agent.config.paths import beside
from agent.config.sections import Config
from agent.config.values import parse_service
from agent.scan import WITH_LOGS
from agent.snmp import read_logins
from agent.tap_session import TapSettings
from collectors.contract import Limits
from collectors.memory import Until
from collectors.pace import Pace
from collectors.resolver_log import Places
from collectors.scope import Scope
from collectors.snmp_login import LOGINS
from collectors.snmp_memory import OPTION as SNMP_MEMORY
from collectors.snmp_memory import SnmpMemory
from collectors.stack.counted import OPTION as STACK_COUNTERS
from collectors.stack.counted import Counted
from collectors.talk.visits import MEMORY
from inventory.inventory import Settings
from inventory.snapshot import MustWork, Policy

LOG_PLACES = "resolver-logs.json"

log = logging.getLogger("lanwarden.plan")


def inventory_settings(config: Config) -> Settings:
    """Return what the inventory needs to know."""
    return Settings(
        site=config.agent.site,
        patience=config.health.patience,
        always_on_kinds=config.health.always_on_kinds,
        patience_by_kind=config.health.patience_by_kind,
        presence_s=config.schedule.presence,
        mass_share=config.health.mass_silence_percent / 100,
        mass_devices=config.health.mass_silence_devices,
        turns_per_hour=config.health.changes_per_hour,
        max_devices=config.limits.max_devices,
        new_devices_per_minute=config.limits.new_devices_per_minute,
        policy=Policy(
            routers=config.ipv6.routers,
            dhcp_servers=config.ipv6.dhcp_servers,
            default_community=bool(config.posture.default_community),
            allocations=config.ipv6.allocations,
            resolvers=config.ipv6.resolvers,
            anchors=config.ipv6.anchors,
            domains=config.domains.names,
            must_work=tuple(MustWork(*parse_service(text)) for text in config.ipv6.must_work),
            critical=config.ipv6.critical,
            ipv6_only=config.ipv6.ipv6_only,
            internet=config.ipv6.internet,
            snmp=tuple(config.snmp.networks),
        ),
    )


def tap_settings(config: Config, scope: Scope, dry_run: bool = False) -> TapSettings:
    """Return how the tap is started for a scope."""
    return TapSettings(
        networks=scope.networks,
        exclude=scope.exclude,
        only=config.tap.interfaces,
        interfaces=interface_names(scope),
        pace_per_second=config.tap.pace_per_second,
        socket=config.tap.socket,
        dry_run=dry_run,
    )


def interface_names(scope: Scope) -> tuple[str, ...]:
    """Return the interfaces that the tap watches."""
    return tuple(link.interface for link in scope.links if link.mac)


class Memories:
    """What active collectors share and remember between passes; lives as long as the agent.

    The keys are those that the collectors name in their modules.
    """

    def __init__(
        self, limits: Limits, monotonic: Callable[[], float], store: Path | None = None
    ) -> None:
        """`store` is where the store lies; how far logs were read is written down beside it."""
        places = store.with_name(LOG_PLACES) if store is not None else None
        self._told: set[str] = set()
        self._shared: dict[str, object] = {
            "resolver_log_places": Places(places),
            "pace": Pace(limits, monotonic),
            "quarantine": Until(),
            "communities_tried": Until(),
            "snmp_engine_asked": Until(),
            STACK_COUNTERS: Counted(),
            "nd_compared": Until(),
            "nd_asked_all": Until(),
            SNMP_MEMORY: SnmpMemory(),
            **{f"{name}_asked": Until(MEMORY) for name in _ASKED_ONCE},
        }

    def options(self, config: Config) -> dict[str, object]:
        """Return the options of a pass."""
        read = read_logins(config)
        for warning in read.warnings:
            if warning not in self._told:
                self._told.add(warning)
                log.warning("%s", warning)
        return {
            **self._shared,
            "default_community": bool(config.posture.default_community),
            LOGINS: read.logins,
            "resolver_logs": [str(beside(config, file)) for file in config.ipv6.resolver_logs],
        }


def with_logs(names: frozenset[str], config: Config) -> frozenset[str]:
    """Return the collectors of a pass, with the reader of logs when some are configured."""
    return names | WITH_LOGS if config.ipv6.resolver_logs else names


# Collectors that ask a service or a link once in a while.
_ASKED_ONCE = ("ssh_key", "tls_key", "http_page", "upnp_description", "ssdp", "wsd")
