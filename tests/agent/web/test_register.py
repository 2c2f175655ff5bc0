"""The register on the pages."""

import msgspec

from inventory.snapshot import Registered, RegisterState
from tests.agent.web.conftest import Client
from tests.agent.web.office import HOSTILE, NOW, SNAPSHOT, FakeSource, device

ROW = Registered(row=12, name=HOSTILE, division=HOSTILE, kind="nas", classified=True, serial="SN-1")


async def test_a_device_page_shows_its_row_and_who_has_none(
    client: Client, source: FakeSource
) -> None:
    tied, stranger = device(22, registered=ROW), device(23)
    source.snapshot = msgspec.structs.replace(
        SNAPSHOT, devices=(tied, stranger), register=RegisterState(rows=3)
    )
    async with client() as http:
        known = (await http.get(f"/devices/{tied.id}")).text
        unknown = (await http.get(f"/devices/{stranger.id}")).text
    assert "row 12; name &lt;script&gt;" in known
    assert "kind nas; serial SN-1" in known
    assert '<span class="tag critical">classified</span>' in known
    assert "<dt>In the register</dt><dd>no</dd>" in unknown


async def test_the_start_page_counts(client: Client, source: FakeSource) -> None:
    devices = (device(22, registered=ROW, last_seen=NOW), device(23), device(24))
    source.snapshot = msgspec.structs.replace(
        SNAPSHOT, devices=devices, register=RegisterState(rows=3)
    )
    async with client() as http:
        text = (await http.get("/")).text
    assert "1 rows seen in the last 30 days, 2 not; 2 devices in no row" in text


async def test_without_a_register_nothing_is_said_of_it(client: Client) -> None:
    async with client() as http:
        assert "register" not in (await http.get("/")).text
        assert "In the register" not in (await http.get("/devices/d-0000000020")).text
