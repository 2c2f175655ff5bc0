"""An address with the MAC in it names the host's maker and card."""

from collections.abc import Iterator

from checks.own_stack import own_device
from checks.verdict import HOST, Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.host_interface_identifiers",
    title="The host's addresses do not show its MAC",
    severity=Severity.INFO,
    reference="RFC 8064, RFC 7217",
    remedy="Set net.ipv6.conf.all.addr_gen_mode to 3 unless the host is meant to be recognised.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding for the agent's own host."""
    own = own_device(snapshot)
    known = [one for one in own.addresses if one.family == "ipv6"] if own is not None else []
    shown = [one.address for one in known if one.kind == "eui-64"]
    if not known:
        yield CHECK.unknown(HOST, "not_probed", "its addresses are not known")
    elif shown:
        yield CHECK.warned(HOST, f"{shown[0]} holds its MAC", addresses=shown[:8])
    else:
        yield CHECK.passed(HOST, "none of its addresses holds its MAC")
