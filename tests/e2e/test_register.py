"""The register beside a running agent: in force at once, after a change, after a broken write."""

from pathlib import Path

import pytest

from agent.lab import Lan
from tests.e2e.running import RunningAgent, config_text, eventually, running

pytestmark = pytest.mark.timeout(180)
PRINTER = "3c:52:82:00:07:14"
CHECK = '{check="posture.classified_machine_connected",verdict="fail"}'


def name_and_division(agent: RunningAgent) -> tuple[str, str]:
    found = [one for one in agent.part("devices") if PRINTER in one["macs"]]
    return (found[0]["name"], found[0]["division"]) if found else ("", "")


def test_the_register_is_followed(lan: Lan, tmp_path: Path) -> None:
    register = tmp_path / "may.csv"
    rows = f"Địa chỉ MAC;Tên máy;Phòng;Loại\r\n{PRINTER};Máy in tầng 2;Kế hoạch;Máy in\r\n"
    register.write_text(rows, encoding="utf-8-sig", newline="")
    text = f'{config_text()}[register]\nfile = "may.csv"\n'
    with running(lan, tmp_path, text) as agent:
        eventually(
            lambda: name_and_division(agent) == ("Máy in tầng 2", "Kế hoạch"), 60, "the first rows"
        )
        assert agent.metric("lanwarden_register_rows") == {"": 1}
        register.write_text(f"MAC,Tên,Mật\n{PRINTER},M1,x\nzz,,\n", encoding="utf-16")
        eventually(lambda: name_and_division(agent) == ("M1", ""), 40, "the changed file")
        eventually(lambda: agent.metric("lanwarden_check_subjects")[CHECK] == 1, 10, "the finding")
        events = [one for one in agent.part("events") if one["kind"] == "classified_seen"]
        assert len(events) == 1
        assert agent.metric("lanwarden_register_problems") == {"": 1}
        register.write_bytes(b"PK\x03\x04 half a workbook")
        agent.hang_up()
        eventually(
            lambda: agent.metric("lanwarden_register_last_read_successful") == {"": 0},
            30,
            "the broken file is noticed",
        )
        assert name_and_division(agent) == ("M1", "")
        assert "damaged or half-written workbook" in agent.get("/").text
        assert "Traceback" not in agent.log()
