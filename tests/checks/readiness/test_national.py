"""The items of the national programmes: data to edit, figures that nobody invents."""

from pathlib import Path

import pytest

from checks import registry
from checks.readiness import national
from checks.readiness.national import Figure, Item, ItemsError
from tests.checks.readiness.builders import assessed, finding, findings, printer, snapshot

ROOT = Path(__file__).parents[3]


def test_the_copy_in_deploy_is_what_is_shipped() -> None:
    shipped = (ROOT / "checks/readiness/national.toml").read_bytes()
    assert (ROOT / "deploy/national-items.toml").read_bytes() == shipped
    assert national.items(ROOT / "deploy/national-items.toml") == national.items()


def test_every_check_that_an_item_names_exists() -> None:
    known = {module.name for module in registry.load()}
    assert {check for item in national.items() for check in item.checks} <= known


@pytest.mark.parametrize("item", national.items(), ids=lambda item: item.id)
def test_an_item_is_answered_by_something_and_asks_for_no_share(item: Item) -> None:
    levels = (item.device_level, item.network_level)
    assert item.manual or item.histogram or item.checks or item.score or levels != (None, None)
    assert "%" not in item.text + item.note
    assert item.source


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("[[item]\n", "items.toml: ", id="not-toml"),
        pytest.param('[[item]]\nid = "a"\n', "text", id="no-text"),
        pytest.param('[[item]]\nid = "a"\ntext = "b"\nshare = 50\n', "share", id="unknown-key"),
        pytest.param('[[item]]\nid = "a"\ntext = "b"\ndevice_level = 9\n', "<= 5", id="level"),
        pytest.param('[[item]]\nid = "a"\ntext = "b"\nscore = "x"\n', "score", id="score"),
        pytest.param('[[item]]\nid = "a"\ntext = "b"\n' * 2, "twice", id="twice"),
        pytest.param("x" * (national.MOST_BYTES + 1), "larger", id="too-large"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "items.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ItemsError) as refused:
        national.items(path)
    assert complaint in str(refused.value)
    assert str(path) in str(refused.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ItemsError, match="UTF-8"):
        national.items(tmp_path / "items.toml")
    with pytest.raises(ItemsError, match="no such file"):
        national.items(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("item", "figures", "sentences"),
    [
        pytest.param(
            {"checks": ("ipv6.dns_parity",)},
            [Figure("ipv6.dns_parity", 1, 3, 1, 1)],
            [],
            id="check",
        ),
        pytest.param({"checks": ("ipv6.rdnss",)}, [], ["ipv6.rdnss: not judged"], id="not-judged"),
        pytest.param(
            {"device_level": 2},
            [Figure("devices at L2 or above", 0, 1, 1)],
            [],
            id="devices",
        ),
        pytest.param(
            {"network_level": 2}, [Figure("networks at N2 or above", 0, 1, 1)], [], id="networks"
        ),
        pytest.param({"histogram": True}, [], ["devices by level: ? 1"], id="histogram"),
        pytest.param(
            {"manual": True, "attestation": "12/KH"}, [], ["attested: 12/KH"], id="attested"
        ),
    ],
)
def test_figures(item: dict[str, object], figures: list[Figure], sentences: list[str]) -> None:
    made = [
        *findings(dns_parity="pass"),
        finding("dns_parity", "warn", "device:b"),
        finding("dns_parity", "unknown", "device:c"),
        finding("dns_parity", "not_applicable", "device:d"),
    ]
    device = printer(discovery_cycles=0)
    readiness = assessed(made, device)
    asked = Item(id="x", text="y", **item)  # type: ignore[arg-type]
    (answer,) = national.answers([asked], snapshot(device), made, readiness)
    assert list(answer.figures) == figures
    assert list(answer.sentences) == sentences


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure("a", 0, 0), "a: nothing to judge here"),
        (Figure("a", 2, 3), "a: 2 of 3"),
        (Figure("a", 1, 5, 2, 1), "a: 1 of 5 (1 in part, 2 unknown)"),
    ],
    ids=["none", "plain", "with-unknown"],
)
def test_a_figure_in_words(figure: Figure, text: str) -> None:
    assert str(figure) == text
