import asyncio
import re

import pytest

from inventory.vendor import vendor_of


@pytest.mark.parametrize(
    ("mac", "vendor"),
    [
        pytest.param("00:1b:a9:00:00:09", "Brother industries, LTD.", id="known"),
        pytest.param("00:00:74:00:00:01", "Ricoh Company LTD.", id="capitals-are-tidied"),
        pytest.param("70:b3:d5:00:00:00", "", id="a-block-sold-in-parts"),
        pytest.param("02:1b:a9:00:00:09", "", id="random"),
        pytest.param("00:00:5e:00:01:01", "", id="shared"),
        pytest.param("ff:ff:ff:ff:ff:ff", "", id="broadcast"),
        pytest.param("", "", id="empty"),
        pytest.param("00:1B:A9:00:00:09", "", id="not-canonical"),
        pytest.param("zz:zz:zz:zz:zz:zz", "", id="no-mac"),
    ],
)
def test_vendor(mac: str, vendor: str) -> None:
    assert vendor_of(mac) == vendor


def test_names_are_short_and_single_spaced() -> None:
    for number in range(0, 0x3000, 7):
        name = vendor_of(f"00:{number >> 8:02x}:{number & 255:02x}:00:00:01")
        assert len(name) <= 64
        assert not re.search(r"\s\s|[\x00-\x1f]", name)


@pytest.mark.blocks
async def test_it_loads_inside_a_running_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    import aiooui

    from inventory import vendor

    monkeypatch.setattr(aiooui, "_OUI_MANAGER", aiooui.OUIManager())
    vendor._registered.cache_clear()
    assert not aiooui.is_loaded()
    await asyncio.sleep(0)
    assert vendor_of("00:1b:a9:00:00:09") == "Brother industries, LTD."
    vendor._registered.cache_clear()
