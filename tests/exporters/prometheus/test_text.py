"""Label values, numbers and lines of the text formats."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from exporters.prometheus import text
from exporters.prometheus.family import Family

BAD = "\N{REPLACEMENT CHARACTER}"


def family(*labels: str, kind: str = "gauge", name: str = "lanwarden_x") -> Family:
    return Family(name, kind, "A help.", labels, "agent", lambda _: ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("printer-2f", "printer-2f", id="plain"),
        pytest.param("Phòng Tài chính", "Phòng Tài chính", id="Vietnamese"),
        pytest.param('a"b', r"a\"b", id="quote"),
        pytest.param("a\\b", r"a\\b", id="backslash"),
        pytest.param('\\"', r"\\\"", id="both"),
        pytest.param("a\nb", f"a{BAD}b", id="newline"),
        pytest.param("a\r\0b", f"a{BAD}{BAD}b", id="carriage return and NUL"),
        pytest.param("\ud800x", f"{BAD}x", id="lone surrogate"),
        pytest.param("a\u202eb", f"a{BAD}b", id="right-to-left override"),
        pytest.param("a\u2028b\x85c", f"a{BAD}b{BAD}c", id="line separators"),
        pytest.param("<b>&'", "<b>&'", id="HTML is no matter here"),
        pytest.param("x" * 10_000, "x" * 127 + "…", id="10 kB"),
    ],
)
def test_label_values(value: str, expected: str) -> None:
    assert text.label_value(value) == expected


@given(st.lists(st.text(alphabet=st.characters() | st.sampled_from('"\\\n\r'))))
def test_many_label_values_come_out_like_each_alone(values: list[str]) -> None:
    values.append("x" * (text.MAX_VALUE_LENGTH + len(values) % 2))
    assert list(text.label_values(values)) == [text.label_value(value) for value in values]


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_label_value_survives_the_parser(value: str) -> None:
    lines = text.lines(family("name"), [((value,), 1)]).decode()
    (parsed,) = text_string_to_metric_families(lines)
    (sample,) = parsed.samples
    assert sample.labels == {"name": text.printable(value)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1, "1", id="integer"),
        pytest.param(True, "1", id="bool"),
        pytest.param(0.25, "0.25", id="float"),
        pytest.param(1_795_330_800.123, "1795330800.123", id="time"),
        pytest.param(math.inf, "+Inf", id="infinity"),
        pytest.param(-math.inf, "-Inf", id="minus infinity"),
        pytest.param(math.nan, "NaN", id="not a number"),
    ],
)
def test_numbers(value: float, expected: str) -> None:
    assert text.number(value) == expected


def test_lines_without_labels_have_no_braces() -> None:
    assert text.lines(family(), [((), 3)]) == b"lanwarden_x 3\n"


def test_equal_label_sets_become_one_line() -> None:
    rows = [(("a",), 1.0), (("a",), 2.0), (("b",), 3.0)]
    assert text.lines(family("k"), rows) == b'lanwarden_x{k="a"} 2.0\nlanwarden_x{k="b"} 3.0\n'


def test_a_row_with_too_few_labels_is_a_bug() -> None:
    with pytest.raises(ValueError, match="shorter"):
        text.lines(family("a", "b"), [(("x",), 1)])


@pytest.mark.parametrize(
    ("kind", "name", "plain", "openmetrics"),
    [
        pytest.param("gauge", "lanwarden_x", "lanwarden_x gauge", "lanwarden_x gauge", id="gauge"),
        pytest.param(
            "counter",
            "lanwarden_x_total",
            "lanwarden_x_total counter",
            "lanwarden_x counter",
            id="counter",
        ),
        pytest.param(
            "info", "lanwarden_x_info", "lanwarden_x_info gauge", "lanwarden_x info", id="info"
        ),
    ],
)
def test_headers(kind: str, name: str, plain: str, openmetrics: str) -> None:
    row = family(kind=kind, name=name)
    assert text.header(row, openmetrics=False).decode().splitlines()[1] == f"# TYPE {plain}"
    assert text.header(row, openmetrics=True).decode().splitlines()[1] == f"# TYPE {openmetrics}"
