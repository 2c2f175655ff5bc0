"""The JSON document and its published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import registry
from checks.readiness.assessment import assess
from collectors.observation import AdvertisedPref64, AdvertisedRoute, AdvertisedSearch
from exporters import document as exported
from inventory.snapshot import DuplicateAddress, Network, Snapshot
from tests.checks import lan

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "scan.schema.json"


def full() -> Snapshot:
    router = lan.router(
        rdnss=("2001:db8:66::53",),
        other=True,
        mtu=1500,
        pref64=(AdvertisedPref64("64:ff9b::/96", 1800),),
        search=(AdvertisedSearch(("stc.example",), 1200),),
        routes=(AdvertisedRoute("2001:db8:77::/48", "high", 600),),
    )
    duplicate = DuplicateAddress(
        "10.66.0.5", ("02:00:00:00:00:01", "02:00:00:00:00:02"), lan.NOW - 9, lan.NOW
    )
    return lan.snapshot(
        lan.device(
            "d-0000000009",
            "10.66.0.9",
            lan.address("fe80::9", "link-local", origin="mld_report"),
            services=(lan.service(80, name="http"), lan.service(23, evidence="iac")),
        ),
        lan.device("d-0000000010", "10.66.0.10", state="unknown", model="X1"),
        networks=(
            lan.network(routers=(router,), duplicates=(duplicate,)),
            Network("n-2", "", ("10.66.9.0/24",), ()),
        ),
        runs=(lan.run(), lan.run("mdns", "skipped", reason="no link")),
    )


def decoded(snapshot: Snapshot, pretty: bool = False) -> Any:
    findings = registry.judge(snapshot)
    made = exported.document(snapshot, findings, lan.NOW - 8, lan.NOW)
    return json.loads(exported.encode(made, pretty))


def test_the_published_schema_agrees_with_the_structs() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == exported.schema(), (
        "run: python -m exporters.document > docs/reference/scan.schema.json"
    )


def test_the_published_schema_is_a_schema() -> None:
    published = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)


def validate(value: Any) -> None:
    validator = jsonschema.Draft202012Validator(
        exported.schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(value)


@pytest.mark.parametrize(
    "snapshot",
    [pytest.param(full(), id="full"), pytest.param(Snapshot(0, lan.NOW, ""), id="empty")],
)
def test_documents_validate(snapshot: Snapshot) -> None:
    validate(decoded(snapshot))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"schema": 2}, id="other schema"),
        pytest.param({"devices": None}, id="no devices"),
        pytest.param({"started_at": 5}, id="time as number"),
        pytest.param({"findings": [{"check": "x"}]}, id="half a finding"),
    ],
)
def test_the_schema_refuses_what_is_no_document(damage: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(decoded(full()) | damage)


def test_the_top_holds_what_the_design_says() -> None:
    top = decoded(full())
    assert list(top) == [
        "schema", "site", "started_at", "finished_at", "collectors", "networks", "devices",
        "findings",
    ]  # fmt: skip
    assert top["schema"] == 1
    assert top["started_at"] == "2026-11-22T06:59:52Z"
    assert top["finished_at"] == "2026-11-22T07:00:00Z"


def test_collectors() -> None:
    assert decoded(full())["collectors"] == [
        {
            "name": "arp", "status": "ok", "reason": None, "sent": 254, "received": 31,
            "duration_s": 0.4,
        },
        {
            "name": "mdns", "status": "skipped", "reason": "no link", "sent": 254, "received": 31,
            "duration_s": 0.4,
        },
    ]  # fmt: skip


def test_networks_with_their_routers() -> None:
    network = decoded(full())["networks"][0]
    assert network["id"] == "n-1"
    assert network["interface"] == "eth0"
    assert network["ipv4"] == ["10.66.0.0/24"]
    assert network["ipv6_level"] == "N1"
    assert network["duplicates"][0]["macs"] == ["02:00:00:00:00:01", "02:00:00:00:00:02"]
    (router,) = network["routers"]
    assert router == {
        "address": "fe80::1",
        "mac": lan.ROUTER_MAC,
        "lifetime_s": 1800,
        "managed": False,
        "other": True,
        "preference": "medium",
        "mtu": 1500,
        "prefixes": [
            {
                "prefix": "2001:db8:66::/64", "on_link": True, "autonomous": True,
                "valid_s": 86400, "preferred_s": 14400,
            }
        ],
        "rdnss": [{"address": "2001:db8:66::53", "lifetime_s": 1200}],
        "pref64": [{"prefix": "64:ff9b::/96", "lifetime_s": 1800}],
        "dnssl": [{"domain": "stc.example", "lifetime_s": 1200}],
        "routes": [{"prefix": "2001:db8:77::/48", "preference": "high", "lifetime_s": 600}],
        "in_force": True,
        "allowed": None,
        "first_seen": "2026-11-22T04:30:00Z",
        "last_seen": "2026-11-22T06:59:00Z",
    }  # fmt: skip


def test_devices() -> None:
    printer, other = decoded(full())["devices"]
    assert printer["id"] == "d-0000000009"
    assert printer["macs"] == ["00:1b:a9:00:00:09"]
    assert printer["state"] == "up"
    assert printer["first_seen"] == "2026-11-22T04:30:00Z"
    assert [
        (one["address"], one["family"], one["kind"], one["origin"]) for one in printer["addresses"]
    ] == [
        ("10.66.0.9", "ipv4", "private", "arp_reply"),
        ("fe80::9", "ipv6", "link-local", "mld_report"),
    ]
    assert printer["names"] == [{"name": "printer-2f.local", "source": "mdns"}]
    assert printer["services"][0] == {
        "address": "10.66.0.9", "transport": "tcp", "port": 80, "state": "open", "name": "http",
        "product": None, "banner": "",
    }  # fmt: skip
    assert printer["model"] is None
    assert other["model"] == "X1"


def test_all_findings_are_listed_whatever_their_verdict() -> None:
    findings = decoded(full())["findings"]
    assert {one["verdict"] for one in findings} >= {"pass", "fail", "unknown"}
    telnet = next(one for one in findings if one["check"] == "posture.telnet_open")
    assert telnet["subject"] == "device:d-0000000009"
    assert telnet["verdict"] == "fail"
    assert telnet["severity"] == "high"
    assert telnet["reason"] is None
    assert telnet["evidence"]["ports"][0]["evidence"] == "iac"


def test_pretty_has_the_same_content_and_both_end_in_a_newline() -> None:
    made = exported.document(full(), (), lan.NOW, lan.NOW)
    short, long = exported.encode(made), exported.encode(made, pretty=True)
    assert json.loads(short) == json.loads(long)
    assert b"\n  " in long
    assert short.count(b"\n") == 1
    assert long.endswith(b"}\n")


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_any_name_becomes_valid_json(name: str) -> None:
    snapshot = lan.snapshot(lan.device("d-1", name=name), site=name)
    made = exported.document(snapshot, registry.judge(snapshot), lan.NOW, lan.NOW)
    value = json.loads(exported.encode(made))
    validate(value)
    if all(not 0xD800 <= ord(char) <= 0xDFFF for char in name):
        assert value["devices"][0]["name"] == name
    else:
        assert "\N{REPLACEMENT CHARACTER}" in value["devices"][0]["name"]


def test_a_document_reads_back() -> None:
    made = exported.document(full(), registry.judge(full()), lan.NOW, lan.NOW)
    assert msgspec.json.decode(exported.encode(made), type=exported.Document) == made


@pytest.mark.parametrize("bare", [False, True], ids=["full", "empty"])
def test_what_is_written_entry_by_entry_is_the_same_document(bare: bool) -> None:
    snapshot = full()
    if bare:
        snapshot = msgspec.structs.replace(snapshot, devices=(), networks=(), runs=())
    findings = () if bare else registry.judge(snapshot)
    readiness = assess(snapshot, findings)
    whole = exported.encode(exported.document(snapshot, findings, lan.NOW, lan.NOW + 1, readiness))
    assert exported.encoded(snapshot, findings, lan.NOW, lan.NOW + 1, readiness) == whole
    raw = msgspec.json.decode(whole, type=dict[str, msgspec.Raw])
    for part in exported.PARTS:
        made = exported.encoded_part(snapshot, findings, readiness, part)
        assert made == bytes(raw[part]) + b"\n"
