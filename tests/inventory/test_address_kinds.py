"""How another host came by its addresses: stories over days, told to the pure judgement."""

import msgspec
import pytest

from inventory.address_kinds import (
    DAY_S,
    HOUR_S,
    Owner,
    Surroundings,
    Use,
    judge,
    prefix_of,
    written_by_hand,
)
from tests.inventory.builders import PC, PRINTER

P, Q = "2001:db8:66:0:", "2001:db8:77:0:"
SLAAC = Surroundings(
    {prefix_of("2001:db8:66::"): True, prefix_of("2001:db8:77::"): True}, managed=False
)
MANAGED = Surroundings({prefix_of("2001:db8:66::"): True}, managed=True)
LEASED = Surroundings({prefix_of("2001:db8:66::"): False}, managed=True)
SILENT = Surroundings()

# Identifiers as systems make them: s stable, t temporary ones of the days after.
S = "9d1c:5e0f:77aa:1234"
T0, T1, T2, T3 = ("4c2b:91d0:e3a8:7f11", "b870:2c4e:19f5:8d02", "71ee:a04d:5b36:c9e3",
                  "e5a9:3b17:8fc2:604d")  # fmt: skip


def use(
    address: str, first_day: float = 0, last_day: float = 0, alone: bool | None = None, **more: bool
) -> Use:
    return Use(address, first_day * DAY_S, last_day * DAY_S, alone=alone, **more)


def judged(uses: list[Use], around: Surroundings, owner: Owner) -> dict[str, str]:
    now = max(one.last_seen for one in uses)
    return {address: one.assigned for address, one in judge(uses, owner, around, now).items()}


STORIES = {
    # A printer keeps to RFC 4291 appendix A.
    "printer": (
        [use("fe80::21b:a9ff:fe00:9"), use(P + "21b:a9ff:fe00:9")], SLAAC, Owner((PRINTER,)),
        ["eui-64", "eui-64"],
    ),
    # Windows 10 and 11: one random identifier for all prefixes, temporary addresses besides.
    "windows-cold": (
        [use("fe80::" + S), use(P + S), use(P + T0)], SLAAC, Owner((PC,)),
        ["stable-privacy", "stable-privacy", "temporary"],
    ),
    "windows-two-prefixes": (
        [use("fe80::" + S), use(P + S), use(P + T0), use(Q + S), use(Q + T1)], SLAAC, Owner((PC,)),
        ["stable-privacy", "stable-privacy", "temporary", "stable-privacy", "temporary"],
    ),
    "windows-where-dhcpv6-leases-too": (
        [use("fe80::" + S), use(P + S), use(P + T0)], MANAGED, Owner((PC,), dhcpv6_client=True),
        ["stable-privacy", "stable-privacy", "unknown"],
    ),
    # Linux, Android, iOS, macOS: another identifier in each prefix (RFC 7217).
    "linux-cold": (
        [use("fe80::" + T3), use(P + S, alone=False), use(P + T0, alone=False)], SLAAC,
        Owner((PC,)), ["stable-privacy", "unknown", "unknown"],
    ),
    "linux-next-day": (
        [use(P + S, 0, 1.1), use(P + T0, 0, 1.1), use(P + T1, 0.98, 1.1, alone=True)], SLAAC,
        Owner((PC,)), ["unknown", "unknown", "temporary"],
    ),
    "linux-after-four-days": (
        [use(P + S, 0, 4), use(P + T0, 0, 1), use(P + T1, 0.98, 2, alone=True),
         use(P + T2, 1.97, 4, alone=True)], SLAAC, Owner((PC,)),
        ["stable-privacy", "temporary", "temporary", "temporary"],
    ),
    "linux-after-nine-days-deaf-to-dad": (
        [use(P + S, 0, 9), use(P + T2, 7.9, 9)], SLAAC, Owner((PC,)),
        ["stable-privacy", "temporary"],
    ),
    "linux-deaf-to-dad-after-three-days": (
        [use(P + S, 0, 4), use(P + T0, 0, 1), use(P + T1, 1, 4)], SLAAC, Owner((PC,)),
        ["stable-privacy", "temporary", "temporary"],
    ),
    "old-linux-eui64-and-temporary": (
        [use(P + "21c:73ff:fe00:a"), use(P + T0)], SLAAC, Owner((PC,)), ["eui-64", "temporary"],
    ),
    "server-without-temporary-addresses": (
        [use(P + S, 0, 9)], SLAAC, Owner((PC,)), ["stable-privacy"],
    ),
    "server-on-its-first-day": ([use(P + S, 0, 0.5)], SLAAC, Owner((PC,)), ["unknown"]),
    "link-came-up-again": (
        # All are formed anew at the same time, one of them for the first time that we hear of it.
        [use(P + T0, 0, 1.5), use(P + S, 1, 1.5, alone=False), use(P + T1, 1, 1.5, alone=False)],
        SLAAC, Owner((PC,)), ["unknown", "unknown", "unknown"],
    ),
    "held-though-silent": (
        # The stable one is never a source; the device still listens for it.
        [use(P + S, 0, 0.1, held=True), use(P + T0, 0, 1), use(P + T1, 1, 4)], SLAAC,
        Owner((PC,)), ["unknown", "temporary", "unknown"],
    ),
    "formed-soon-after-another": (
        [use(P + S, 0, 0.2), use(P + T0, 0.1, 0.2, alone=True)], SLAAC, Owner((PC,)),
        ["unknown", "unknown"],
    ),
    # Servers and routers that somebody numbered.
    "server-by-hand": ([use(P + ":10"), use("fe80::1")], SLAAC, Owner((PC,)), ["manual"] * 2),
    "by-hand-where-no-router-spoke": ([use(P + ":10")], SILENT, Owner((PC,)), ["manual"]),
    "by-hand-where-dhcpv6-leases": ([use(P + ":10", 0, 1)], MANAGED, Owner((PC,)), ["unknown"]),
    "by-hand-without-a-word-of-dhcpv6": ([use(P + ":10", 0, 3)], MANAGED, Owner((PC,)), ["manual"]),
    "low-number-of-a-dhcpv6-client": (
        [use(P + ":1010", 0, 9)], MANAGED, Owner((PC,), dhcpv6_client=True), ["unknown"],
    ),
    # DHCPv6.
    "lease-seen": ([use(P + ":1010", leased=True)], MANAGED, Owner((PC,)), ["dhcpv6"]),
    "no-slaac-in-the-prefix": ([use(P + S)], LEASED, Owner((PC,)), ["dhcpv6"]),
    "no-slaac-and-no-dhcpv6": (
        [use(P + S)], Surroundings({prefix_of("2001:db8:66::"): False}, False), Owner((PC,)),
        ["unknown"],
    ),
    "lease-beside-eui64": (
        [use(P + "21c:73ff:fe00:a", 0, 9), use(P + S, 0, 9)], MANAGED, Owner((PC,)),
        ["eui-64", "dhcpv6"],
    ),
    "one-later-address-may-be-a-lease": (
        [use(P + S, 0, 2), use(P + T0, 1, 2, alone=True)], MANAGED, Owner((PC,)), ["unknown"] * 2,
    ),
    "a-second-one-is-not": (
        [use(P + S, 0, 3), use(P + T0, 1, 3, alone=True), use(P + T1, 2, 3, alone=True)], MANAGED,
        Owner((PC,)), ["unknown", "temporary", "temporary"],
    ),
    # Nobody knows.
    "no-router-heard": ([use(P + S, 0, 3), use(P + T0, 0, 3)], SILENT, Owner((PC,)),
                        ["unknown", "unknown"]),
    "eui64-of-another": ([use(P + "21b:a9ff:fe00:9")], SLAAC, Owner((PC,)), ["unknown"]),
    "unique-local": (
        [use("fe80::" + S), use("fd00::" + S), use("fd00::" + T0)], SLAAC, Owner((PC,)),
        ["stable-privacy", "stable-privacy", "temporary"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_story(story: str) -> None:
    uses, around, owner, expected = STORIES[story]
    wanted = {one.address: kind for one, kind in zip(uses, expected, strict=True)}
    assert judged(uses, around, owner) == wanted


@pytest.mark.parametrize("story", STORIES)
def test_every_judgement_has_a_reason_and_the_order_does_not_matter(story: str) -> None:
    uses, around, owner, _ = STORIES[story]
    found = judge(uses, owner, around, max(one.last_seen for one in uses))
    assert found.keys() == {one.address for one in uses}
    assert all(one.why for one in found.values())
    assert judged(uses[::-1], around, owner) == judged(uses, around, owner)


def test_a_whole_month_of_temporary_addresses() -> None:
    """Judged every hour, a day's address is never taken for a lasting one."""
    stable = use(P + S, 0, 0, alone=False)
    ever: dict[str, set[str]] = {}
    for hour in range(30 * 24):
        at = hour * HOUR_S
        uses = [msgspec.structs.replace(stable, last_seen=at)]
        for day in range(max(0, hour // 24 - 6), hour // 24 + 1):
            born = day * DAY_S
            address = f"{P}{0x8A3C + day:x}:d1{day:02x}:5e77:{0x91C0 + 7 * day:x}"
            last = min(at, born + 1.2 * DAY_S)
            uses.append(Use(address, born, last, alone=day > 0))
        for one in judge(uses, Owner((PC,)), SLAAC, at).items():
            ever.setdefault(one[0], set()).add(one[1].assigned)
    assert ever.pop(P + S) == {"unknown", "stable-privacy"}
    assert set().union(*ever.values()) == {"unknown", "temporary"}
    assert sum("temporary" in kinds for kinds in ever.values()) == 30


@pytest.mark.parametrize(
    ("address", "ipv4", "looks"),
    [
        pytest.param("2001:db8::1", "", "a low number", id="low"),
        pytest.param("2001:db8::53", "", "a service's port", id="port"),
        pytest.param("2001:db8::a42:709", "10.66.7.9", "an IPv4 address of the device", id="hex4"),
        pytest.param(
            "2001:db8::10:66:7:9", "10.66.7.9", "an IPv4 address of the device", id="dec4"
        ),
        pytest.param(
            "2001:db8::5efe:a42:709", "", "an IPv4 address (ISATAP, RFC 5214)", id="isatap"
        ),
        pytest.param("2001:db8::7:0:0:12", "", "a few small numbers", id="two-zero-words"),
        pytest.param("2001:db8:1:2:10:20:30:40", "", "a few small numbers", id="small-words"),
        pytest.param("2001:db8:1:2:dead:beef:1:cafe", "", "words", id="words"),
        pytest.param("2001:db8:1:2:" + S, "10.66.7.9", "", id="random"),
        pytest.param("2001:db8:1:2:0:5e0f:77aa:1234", "", "", id="one-zero-word-is-chance"),
        pytest.param("2001:db8:1:2:21b:a9ff:fe00:9", "", "", id="eui-64"),
    ],
)
def test_written_by_hand(address: str, ipv4: str, looks: str) -> None:
    assert written_by_hand(address, (ipv4,)) == looks


def test_prefix() -> None:
    assert prefix_of("2001:db8:66:1:2:3:4:5") == 0x20010DB800660001
