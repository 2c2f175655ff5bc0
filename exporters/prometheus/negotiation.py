"""Which text format and encoding a scraper wants (RFC 9110 §12.5.1 and §12.5.3)."""

from collections.abc import Iterator

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_MAX_HEADER = 4096
_MAX_ENTRIES = 32


def wants_openmetrics(accept: str) -> bool:
    """Whether OpenMetrics 1.0 is the best of what the Accept header allows; else text 0.0.4.

    A header that allows neither gets text: an exporter that refuses helps nobody.
    """
    best_text = best_openmetrics = 0.0
    for kind, parameters, quality in _entries(accept):
        version = parameters.get("version", "")
        if kind == "application/openmetrics-text" and version in {"", "1.0.0"}:
            best_openmetrics = max(best_openmetrics, quality)
        elif kind in {"text/plain", "text/*", "*/*"} and version in {"", "0.0.4"}:
            best_text = max(best_text, quality)
    return best_openmetrics > 0 and best_openmetrics >= best_text


def wants_gzip(accept_encoding: str) -> bool:
    """Whether the Accept-Encoding header allows gzip."""
    any_quality: float | None = None
    for coding, _, quality in _entries(accept_encoding):
        if coding in {"gzip", "x-gzip"}:
            return quality > 0
        if coding == "*":
            any_quality = quality
    return bool(any_quality)


def _entries(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for entry in header[:_MAX_HEADER].split(",")[:_MAX_ENTRIES]:
        name, *fields = (part.strip() for part in entry.split(";"))
        pairs = (field.partition("=") for field in fields)
        parameters = {
            key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs
        }
        if name:
            yield name.lower(), parameters, _quality(parameters.get("q", "1"))


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
