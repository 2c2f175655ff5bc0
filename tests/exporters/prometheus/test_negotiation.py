"""What scrapers ask for and what they get."""

import pytest

from exporters.prometheus import negotiation

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
    "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROTOBUF_FIRST = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,"
    "*/*;q=0.3"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param("*/*", False, id="curl"),
        pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", False, id="browser"),
        pytest.param(PROMETHEUS_2, True, id="Prometheus 2"),
        pytest.param(PROMETHEUS_3, True, id="Prometheus 3"),
        pytest.param(PROTOBUF_FIRST, True, id="protobuf first"),
        pytest.param("text/plain;version=0.0.4", False, id="text only"),
        pytest.param("text/plain, application/openmetrics-text", True, id="same quality"),
        pytest.param(
            "text/plain;q=0.9, application/openmetrics-text;q=0.5", False, id="text preferred"
        ),
        pytest.param("application/openmetrics-text;version=0.0.1", False, id="old OpenMetrics"),
        pytest.param("application/openmetrics-text;version=2.0.0", False, id="new OpenMetrics"),
        pytest.param('APPLICATION/OpenMetrics-Text; Version="1.0.0"', True, id="case and quotes"),
        pytest.param("application/openmetrics-text;q=0", False, id="refused"),
        pytest.param("application/openmetrics-text;q=nonsense", False, id="broken quality"),
        pytest.param("application/openmetrics-text;q=nan", False, id="quality is no number"),
        pytest.param(";;;,,,=;q", False, id="rubbish"),
        pytest.param("," * 100_000 + "application/openmetrics-text", False, id="too long"),
    ],
)
def test_format(accept: str, expected: bool) -> None:
    assert negotiation.wants_openmetrics(accept) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param("gzip", True, id="Prometheus"),
        pytest.param("gzip, deflate, br", True, id="browser"),
        pytest.param("deflate", False, id="other"),
        pytest.param("gzip;q=0", False, id="refused"),
        pytest.param("*", True, id="any"),
        pytest.param("*, gzip;q=0", False, id="any but gzip"),
        pytest.param("identity;q=1, *;q=0", False, id="identity only"),
    ],
)
def test_gzip(header: str, expected: bool) -> None:
    assert negotiation.wants_gzip(header) is expected
