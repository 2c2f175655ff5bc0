"""What holds for every sequence of observations, however absurd."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import observation as seen
from collectors.observation import AnyObservation, How
from collectors.scope import Card
from collectors.wire.text import clean_text
from inventory import identity
from inventory.inventory import Inventory
from inventory.joiner import OrderError
from inventory.record import (
    MAX_ADDRESSES,
    MAX_COMMUNITIES,
    MAX_DECISIONS,
    MAX_GROUPS,
    MAX_MACS,
    MAX_NAMES,
    MAX_SERVICES,
)
from inventory.snapshot import CollectorRun, Snapshot, TapState
from inventory.store import Store
from tests.inventory.builders import OWN, T, new_inventory

MAX_DEVICES = 6

MACS = st.sampled_from(
    [f"00:1c:73:00:00:{n:02x}" for n in range(5)]
    + ["02:00:00:00:00:01", "02:00:00:00:00:02", OWN, "00:00:5e:00:01:01", "33:33:00:00:00:01",
       "ff:ff:ff:ff:ff:ff", "", "nonsense"]
)  # fmt: skip
V4 = [f"10.66.7.{n}" for n in range(1, 6)] + ["10.66.9.5", "198.51.100.1", "0.0.0.0", "224.0.0.1"]
V6 = ["fe80::1", "fe80::21c:73ff:fe00:1", "2001:db8:66::1", "2001:db8:66::2", "fd00::1", "::",
      "ff02::1", "2001:db8:66:0:21c:73ff:fe00:1"]  # fmt: skip
ADDRESSES = st.sampled_from([*V4, *V6, "", "not an address", "fe80::1%eth0"])
TEXT = (st.text(max_size=12) | st.sampled_from(["printer-1", "localhost", "x" * 300])).map(
    clean_text
)
GROUPS = st.lists(
    st.sampled_from(
        ["ff02::1:ff00:1", "ff02::1:ff00:2", "ff02::fb", "ff02::2", "ff02::1:3", "x", ""]
    ),
    max_size=4,
).map(tuple)
HOSTS = st.builds(
    seen.InterfaceAddress,
    address=ADDRESSES,
    prefix_length=st.integers(0, 129),
    scope=st.sampled_from(["global", "link", "host", "site"]),
    flags=st.lists(st.sampled_from(["temporary", "tentative", "permanent"]), max_size=2).map(tuple),
)
PREFIXES = st.builds(
    seen.AdvertisedPrefix,
    prefix=st.sampled_from(["2001:db8:66::/64", "fd00::/64", "nonsense"]),
    on_link=st.booleans(), autonomous=st.booleans(),
    valid_s=st.sampled_from([0, 86400, 2**32 - 1]), preferred_s=st.just(0),
)  # fmt: skip
COMMON: dict[str, Any] = {
    "at": st.integers(0, 4000).map(lambda n: T + n / 2) | st.just(0.0),
    "source": st.sampled_from(["tap", "mdns", "nbns", "rdns", "dhcp", "other"]),
    "interface": st.sampled_from(["eth0", "eth0", "eth1", "", "bad name"]),
}


def some(observation: type[Any], /, **fields: Any) -> st.SearchStrategy[Any]:
    return st.builds(observation, **{**COMMON, **fields})


OBSERVATIONS = st.one_of(
    some(seen.AddressSeen, mac=MACS, address=ADDRESSES, how=st.sampled_from(get_args(How)),
         router=st.booleans()),
    some(seen.AddressSeen, mac=MACS, address=st.sampled_from(V4[:3]), how=st.just("arp_reply")),
    some(seen.EchoAnswered, address=ADDRESSES, rtt_s=st.none()),
    some(seen.Unanswered, address=ADDRESSES, mac=MACS,
         kind=st.sampled_from(["arp", "nd", "echo", "tcp"]), probes=st.integers(0, 9)),
    some(seen.Solicited, count=st.integers(-1, 3), waited_s=st.floats(0, 2)),
    some(seen.GroupsReported, mac=MACS, address=ADDRESSES, groups=GROUPS, left=GROUPS,
         complete=st.booleans()),
    some(seen.RouterAdvertised, mac=MACS, address=ADDRESSES, hop_limit=st.just(64),
         managed=st.booleans(), other=st.booleans(), preference=st.just("medium"),
         lifetime_s=st.sampled_from([0, 1, 600, 9000]),
         prefixes=st.lists(PREFIXES, max_size=2).map(tuple)),
    some(seen.DhcpClientSeen, mac=MACS, message=st.just("request"), hostname=TEXT,
         vendor_class=TEXT, client_id=TEXT, requested_address=ADDRESSES, parameters=st.just(()),
         ipv6_only_capable=st.none() | st.booleans()),
    some(seen.DhcpServerSeen, mac=MACS, address=ADDRESSES, client_mac=MACS,
         message=st.sampled_from(["offer", "ack", "nak"]), offered_address=ADDRESSES,
         routers=st.lists(ADDRESSES, max_size=6).map(tuple), resolvers=st.just(()),
         lease_s=st.none(), ipv6_only_wait_s=st.none()),
    some(seen.NameSeen, name=TEXT, address=ADDRESSES, mac=MACS),
    some(seen.ServiceSeen, address=ADDRESSES, transport=st.just("tcp"), banner=TEXT,
         port=st.integers(0, 70000), state=st.sampled_from(["open", "closed", "filtered"]),
         name=TEXT, evidence=st.just("")),
    some(seen.CommunityTried, address=ADDRESSES, community=TEXT, answered=st.booleans(),
         system_description=TEXT),
    some(seen.InterfaceSeen, index=st.just(2), mac=MACS, up=st.booleans(), carrier=st.booleans(),
         mtu=st.just(1500), kind=st.just(""), addresses=st.lists(HOSTS, max_size=3).map(tuple)),
    some(seen.KeySeen, address=ADDRESSES, protocol=st.sampled_from(["ssh", "tls"]),
         port=st.just(22), algorithm=st.just("a"), fingerprint=st.sampled_from(["k1", "k2", ""])),
    some(seen.EngineSeen, address=ADDRESSES,
         engine_id=st.sampled_from(["8000000903001c73000001", "80001f8880a1b2c3d4e5f60718", "x"])),
    some(seen.DescriptionSeen, address=ADDRESSES, protocol=st.just("upnp"),
         serial=st.sampled_from(["CZ17230ABX", "0000", ""]), uuid=TEXT),
    some(seen.Dhcpv6ClientSeen, mac=MACS, address=ADDRESSES, message=st.just("solicit"),
         duid=st.sampled_from(["000100012c0ffee1001c73000001", "0004aabbccddeeff0011", "z", ""])),
    some(seen.NeighbourAnnounced, protocol=st.just("lldp"), mac=MACS, chassis_mac=MACS,
         chassis=st.just("c"), port=st.just("p"), lifetime_s=st.just(120), name=TEXT),
    some(seen.NameSeen, mac=MACS, name=st.sampled_from(["kho-bac.local", "may-in.local"]),
         source=st.just("mdns")),
    some(seen.RouteSeen, family=st.just("ipv4"), gateway=ADDRESSES,
         destination=st.sampled_from(["default", "10.0.0.0/8", ""])),
)  # fmt: skip

# What the agent does in between.
ACTIONS = st.one_of(
    st.tuples(st.just("apply"), st.lists(OBSERVATIONS, max_size=8)),
    st.tuples(st.just("snapshot"), st.integers(0, 4000)),
    st.tuples(st.just("tap"), st.booleans()),
    st.tuples(st.just("run"), st.sampled_from(["arp", "link_query"])),
    st.tuples(st.just("confirm"), st.booleans()),
    st.tuples(st.just("take"), st.just(None)),
    st.tuples(st.just("round"), st.integers(0, 4000)),
    st.tuples(st.just("carrier"), st.booleans()),
    st.tuples(st.just("blind"), st.sampled_from(["clock_stepped", "suspended", "stalled"])),
    st.tuples(st.just("settle"), st.integers(0, 4000)),
    st.tuples(st.sampled_from(["merge", "split"]), st.tuples(MACS, MACS)),
)
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def live(  # noqa: PLR0912 - one branch per kind of action
    inventory: Inventory, actions: list[tuple[str, Any]]
) -> None:
    for name, value in actions:
        if name == "apply":
            inventory.apply(value)
        elif name == "snapshot":
            check(inventory.snapshot(T + value / 2))
        elif name == "tap":
            inventory.set_tap(TapState(available=value), T + 1)
        elif name == "run":
            inventory.record_run(CollectorRun(value, "ok", None, 1, 1, 1.0, T + 500))
        elif name == "confirm":
            for target in inventory.suspects():
                inventory.confirm(target.device, "echo", value, T + 600)
        elif name == "round":
            inventory.end_round(T + value / 2 - 8, T + value / 2)
        elif name == "carrier":
            inventory.set_cards({"eth0": Card(value), "eth7": Card(value)}, T + 100)
        elif name == "blind":
            inventory.lose_sight(value, T + 300, "Something happened to the agent")
        elif name == "settle":
            inventory.decide_identities(T + value / 2)
        elif name in ("merge", "split"):
            by_hand(inventory, name, *value)
        else:
            inventory.restore_changes(inventory.take_changes())
        inventory.targets()
        inventory.presence()
        inventory.contested()


def by_hand(inventory: Inventory, action: str, one: str, other: str) -> None:
    found = {mac: d.id for d in inventory.snapshot(T + 2000).devices for mac in d.macs}
    with suppress(OrderError):
        if action == "merge":
            inventory.merge(found.get(one, "d-nobody"), found.get(other, "d-nobody"), T + 2000)
        else:
            inventory.split(found.get(one, "d-nobody"), other, T + 2000)


def check(snapshot: Snapshot) -> None:
    devices = snapshot.devices
    assert len(devices) <= MAX_DEVICES
    assert len({device.id for device in devices}) == len(devices)
    macs = [mac for device in devices for mac in device.macs]
    assert len(set(macs)) == len(macs)
    assert not [mac for mac in macs if identity.shared_by(mac)]
    assert sum(device.own for device in devices) <= 1
    known = {device.id for device in devices}
    for device in devices:
        assert device.id not in device.suggested
        assert known.issuperset(device.suggested)
        assert len(device.addresses) <= MAX_ADDRESSES
        assert len(device.macs) <= MAX_MACS
        assert len(device.names) <= MAX_NAMES
        assert len(device.services) <= MAX_SERVICES
        assert len(device.groups) <= MAX_GROUPS
        assert len(device.communities) <= MAX_COMMUNITIES
        assert 0.0 <= device.confidence <= 1.0
        assert device.groups_unseen <= len(device.groups)
        assert len({a.address for a in device.addresses}) == len(device.addresses)
        assert (device.state == "unknown") == bool(device.state_reason)
        assert device.state != "down" or device.missed >= 1
        if device.macs and not snapshot.tap.available and snapshot.tap.reason != "not started":
            assert device.own or device.state in ("unknown", "up")
    places = [(one.reason, one.network) for one in snapshot.illnesses]
    assert len(set(places)) == len(places)


@QUICK
@given(st.lists(ACTIONS, max_size=25))
def test_nothing_raises_and_everything_is_bounded(actions: list[tuple[str, Any]]) -> None:
    inventory = new_inventory(max_devices=MAX_DEVICES)
    live(inventory, actions)
    snapshot = inventory.snapshot(T + 2000)
    check(snapshot)
    for device in snapshot.devices:
        assert 1 <= len(inventory.decisions(device.id)) <= MAX_DECISIONS
    assert inventory.snapshot(T + 2000).devices is snapshot.devices


@QUICK
@given(st.lists(ACTIONS, max_size=25))
def test_a_picture_survives_the_store(actions: list[tuple[str, Any]]) -> None:
    inventory = new_inventory(first_pass=True, max_devices=MAX_DEVICES)
    before = inventory.snapshot(T)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "lanwarden.db", lambda: T)
        for cut in (len(actions) // 2, len(actions)):
            live(inventory, actions[:cut])
            before = inventory.snapshot(T + 2000)
            store.commit(inventory.take_changes())
            assert not inventory.take_changes().devices
        loaded = new_inventory(store.load(), first_pass=True, max_devices=MAX_DEVICES)
        after = loaded.snapshot(T + 2000)
        store.close()
    own = {device.id for device in before.devices if device.own}
    assert [d for d in after.devices if d.id not in own] == [
        d for d in before.devices if d.id not in own
    ]
    assert {d.id for d in after.devices} >= own
    assert after.events_total == before.events_total
    assert [
        (n.id, n.routers, n.duplicates) for n in after.networks if n.routers or n.duplicates
    ] == [(n.id, n.routers, n.duplicates) for n in before.networks if n.routers or n.duplicates]
    assert loaded.recent_events() == inventory.recent_events()


@QUICK
@given(st.lists(OBSERVATIONS.filter(lambda o: not isinstance(o, seen.InterfaceSeen)), max_size=40))
def test_an_id_depends_on_its_device_alone(observations: list[AnyObservation]) -> None:
    inventory = new_inventory()
    inventory.apply(observations)
    for device in inventory.snapshot(T + 2000).devices:
        if device.macs:
            assert device.id == identity.device_id(device.macs[0])


@pytest.mark.parametrize("repeat", [1, 3])
@QUICK
@given(observations=st.lists(OBSERVATIONS, max_size=30))
def test_the_same_observations_give_the_same_devices(
    observations: list[AnyObservation], repeat: int
) -> None:
    once, again = new_inventory(), new_inventory()
    once.apply(observations)
    for observation in observations:
        again.apply([observation])
        for _ in range(repeat):
            again.targets()
    assert once.snapshot(T + 2000) == again.snapshot(T + 2000)
