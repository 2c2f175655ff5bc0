"""What collectors remember lasts as long as the agent: they find it under the names they use."""

from agent.config.sections import Config
from agent.plan import Memories
from collectors import (
    http_page,
    nd_compare,
    snmp_community,
    snmp_engine,
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
        *(f"{one.NAME}_asked" for one in (ssh_key, tls_key, http_page, ssdp, wsd)),
        f"{ssdp.DESCRIPTIONS}_asked",
    }
    for name in wanted:
        assert isinstance(first[name], Until), name
        assert first[name] is second[name]
    assert isinstance(first[OPTION], Pace)
    assert isinstance(first[counted.OPTION], counted.Counted)
    assert first[counted.OPTION] is second[counted.OPTION]
    assert set(first) == wanted | {OPTION, snmp_community.OPTION, counted.OPTION}
