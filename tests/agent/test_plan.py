"""What collectors remember lasts as long as the agent: they find it under the names they use."""

from pathlib import Path

import msgspec

from agent.config.ipv6 import Ipv6Section
from agent.config.sections import Config
from agent.plan import Memories, with_logs
from agent.scan import DISCOVERY
from collectors import (
    http_page,
    nd_compare,
    resolver_log,
    snmp_community,
    snmp_engine,
    snmp_login,
    snmp_memory,
    solicit,
    ssdp,
    ssh_key,
    tls_key,
    wsd,
)
from collectors.contract import Limits
from collectors.memory import QUARANTINE, Until
from collectors.pace import OPTION, Pace
from collectors.stack import counted


def test_every_memory_of_a_collector_is_kept_between_passes() -> None:
    memories = Memories(Limits(), lambda: 0.0)
    first, second = memories.options(Config()), memories.options(Config())
    wanted = {
        QUARANTINE,
        snmp_community.TRIED,
        snmp_engine.ASKED,
        nd_compare.COMPARED,
        solicit.ASKED_ALL,
        *(f"{one.NAME}_asked" for one in (ssh_key, tls_key, http_page, ssdp, wsd)),
        f"{ssdp.DESCRIPTIONS}_asked",
    }
    for name in wanted:
        assert isinstance(first[name], Until), name
        assert first[name] is second[name]
    assert isinstance(first[OPTION], Pace)
    assert isinstance(first[counted.OPTION], counted.Counted)
    assert first[counted.OPTION] is second[counted.OPTION]
    assert isinstance(first[snmp_memory.OPTION], snmp_memory.SnmpMemory)
    assert first[snmp_memory.OPTION] is second[snmp_memory.OPTION]
    assert first[snmp_login.LOGINS] == snmp_login.Logins()
    logs = {resolver_log.FILES_OPTION, resolver_log.PLACES_OPTION}
    assert set(first) == wanted | {OPTION, snmp_community.OPTION, counted.OPTION} | logs | {
        snmp_memory.OPTION,
        snmp_login.LOGINS,
    }


def test_the_logs_of_resolvers_are_read_when_some_are_configured(tmp_path: Path) -> None:
    section = Ipv6Section(resolver_logs=("dns.log", "/var/log/unbound.log"))
    config = msgspec.structs.replace(Config(), ipv6=section, source=str(tmp_path / "c.toml"))
    memories = Memories(Limits(), lambda: 0.0, tmp_path / "lanwarden.db")
    options = memories.options(config)
    assert options[resolver_log.FILES_OPTION] == [str(tmp_path / "dns.log"), "/var/log/unbound.log"]
    assert isinstance(options[resolver_log.PLACES_OPTION], resolver_log.Places)
    assert with_logs(DISCOVERY, config) - DISCOVERY == {resolver_log.NAME}
    assert with_logs(DISCOVERY, Config()) == DISCOVERY
