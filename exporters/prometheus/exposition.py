"""The body of /metrics, rendered when a device changes and only joined when it is scraped.

As in kube-state-metrics, the lines of each device and family are kept. An update renders the
devices that are new or changed and joins the families in which something differs; the others keep
their lines and their compressed form.
"""

import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from checks import registry
from checks.readiness.assessment import Readiness
from checks.readiness.points import Points, domain_points
from checks.readiness.verdicts import Verdicts
from checks.registry import CheckModule
from checks.verdict import Finding, Severity, Verdict
from exporters.prometheus import negotiation, text
from exporters.prometheus.device_table import DeviceTable
from exporters.prometheus.families import FAMILIES
from exporters.prometheus.family import Family, Judged, Open, Picture, SelfFacts, Size
from inventory.snapshot import Device, Snapshot

DEFAULT_MAX_SERIES = 500_000


class ProcessSource(Protocol):
    """Where the self-metrics of the process come from."""

    def render(self, openmetrics: bool) -> bytes:
        """Whole families in one of the text formats, without an end mark."""


class Exposition:
    """The current exposition. `update` has one caller at a time; `body` may run in any thread.

    At `max_series` samples of devices, those seen last are left out, and
    `lanwarden_exposition_devices_omitted` says how many.
    """

    def __init__(
        self,
        *,
        facts: Callable[[], SelfFacts] = SelfFacts,
        process: ProcessSource | None = None,
        checks: tuple[CheckModule, ...] | None = None,
        families: Sequence[Family] = FAMILIES,
        max_series: int = DEFAULT_MAX_SERIES,
    ) -> None:
        self._facts = facts
        self._process = process
        self._checks = registry.load() if checks is None else checks
        self.max_series = max_series
        self._families = tuple(one for one in families if one.scope != "process")
        self._own = tuple(one for one in families if one.scope == "process")
        self._table = DeviceTable(one for one in self._families if one.scope == "device")
        self._page = _Page(())
        self._updating = threading.Lock()

    def update(
        self,
        snapshot: Snapshot,
        findings: Iterable[Finding],
        readiness: Readiness | None = None,
    ) -> None:
        """Make the exposition of a new snapshot; what did not change is not rendered again."""
        with self._updating:
            findings = tuple(findings)
            verdicts, open_findings = _count(findings)
            judged = _judged(snapshot.devices, open_findings, readiness)
            blocks, omitted = self._device_blocks(snapshot.devices, judged)
            size = Size(series=self._table.series, limit=self.max_series, devices_omitted=omitted)
            points = _points(snapshot, findings)
            picture = Picture(
                snapshot, self._checks, verdicts, open_findings, size, readiness, points
            )
            self._page = _Page(tuple(self._blocks(picture, blocks)))

    def body(self, openmetrics: bool = False, gzip: bool = False) -> bytes:
        """The whole exposition; what comes from the snapshot is compressed once."""
        page, tail = self._page, self._tail(openmetrics)
        if not gzip:
            return page.plain(openmetrics, tail)
        return page.gzipped(openmetrics, tail)

    def content_type(self, openmetrics: bool = False) -> str:
        """The Content-Type of `body`."""
        return negotiation.OPENMETRICS if openmetrics else negotiation.TEXT

    def _device_blocks(
        self, devices: Sequence[Device], judged: Mapping[str, Judged]
    ) -> "tuple[dict[str, _Block], int]":
        """The blocks of the device families, and how many devices the limit left out."""
        blocks = self._joined(self._known(), self._table.update(devices, judged))
        if self._table.series <= self.max_series:
            return blocks, 0
        kept = self._table.oldest(self.max_series)
        blocks = self._joined(blocks, self._table.update(kept, judged))
        return blocks, len(devices) - len(kept)

    def _joined(
        self, before: "Mapping[str, _Block]", dirty: Mapping[str, bytes]
    ) -> "dict[str, _Block]":
        return {
            family.name: _Block(family, dirty[family.name])
            if family.name in dirty
            else before[family.name]
            for family in self._families
            if family.scope == "device"
        }

    def _blocks(self, picture: Picture, devices: "Mapping[str, _Block]") -> "Iterable[_Block]":
        before = self._known()
        for family in self._families:
            if family.scope == "device":
                yield devices[family.name]
                continue
            lines, old = _lines(family, picture), before.get(family.name)
            yield old if old is not None and old.lines == lines else _Block(family, lines)

    def _known(self) -> "dict[str, _Block]":
        return {block.family.name: block for block in self._page.blocks}

    def _tail(self, openmetrics: bool) -> bytes:
        facts = self._facts()
        own = [
            text.header(family, openmetrics) + lines
            for family in self._own
            if (lines := text.lines(family, family.rows(facts)))
        ]
        if self._process is not None:
            own.append(self._process.render(openmetrics))
        return b"".join([*own, b"# EOF\n" if openmetrics else b""])


class _Block:
    """The lines of one family and, once somebody asked for it, their compressed form."""

    def __init__(self, family: Family, lines: bytes) -> None:
        self.family = family
        self.lines = lines
        self.headers = tuple(text.header(family, openmetrics) for openmetrics in (False, True))
        self._deflated: bytes | None = None

    def deflated(self) -> bytes:
        """The lines as whole DEFLATE blocks that end on a byte and look back at nothing."""
        if self._deflated is None:
            self._deflated = _deflate(self.lines, zlib.Z_FULL_FLUSH)
        return self._deflated


class _Page:
    """All families of one snapshot. The compressed body is made when first asked for and kept.

    The plain one is joined each time: that takes milliseconds, and to keep it is to hold all lines
    twice. Two threads may make the same body at once; both get the same bytes.
    """

    def __init__(self, blocks: "tuple[_Block, ...]") -> None:
        self.blocks = blocks
        self._deflated: dict[bool, _Deflated] = {}

    def plain(self, openmetrics: bool, tail: bytes) -> bytes:
        return b"".join([*self._pieces(openmetrics), tail])

    def gzipped(self, openmetrics: bool, tail: bytes) -> bytes:
        """One gzip member (RFC 1952) of the page, compressed once, and a tail, compressed now."""
        kept = self._deflated.get(openmetrics)
        if kept is None:
            pieces = [
                piece
                for block in self.blocks
                if block.lines
                for piece in (
                    _deflate(block.headers[openmetrics], zlib.Z_FULL_FLUSH),
                    block.deflated(),
                )
            ]
            size = checksum = 0
            for piece in self._pieces(openmetrics):
                size, checksum = size + len(piece), zlib.crc32(piece, checksum)
            kept = self._deflated[openmetrics] = _Deflated(b"".join(pieces), checksum, size)
        return b"".join(
            (
                _GZIP_HEADER,
                kept.body,
                _deflate(tail, zlib.Z_FINISH),
                struct.pack(
                    "<II", zlib.crc32(tail, kept.checksum), (kept.size + len(tail)) & 0xFFFFFFFF
                ),
            )
        )

    def _pieces(self, openmetrics: bool) -> Iterator[bytes]:
        for block in self.blocks:
            if block.lines:
                yield block.headers[openmetrics]
                yield block.lines


class _Deflated(NamedTuple):
    """A compressed page, and the checksum and size of what was compressed."""

    body: bytes
    checksum: int
    size: int


_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"  # no name, no time, fastest, any system
_WORST_FIRST = tuple(severity.value for severity in Severity)


def _deflate(data: bytes, flush: int) -> bytes:
    compressor = zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(flush)


def _lines(family: Family, picture: Picture) -> bytes:
    if family.scope == "agent":
        return text.lines(family, family.rows(picture))
    networks = {network.id: network for network in picture.snapshot.networks}
    return b"".join(
        text.lines(family, family.rows(network, picture), id_) for id_, network in networks.items()
    )


def _judged(
    devices: Iterable[Device], open_findings: Mapping[str, Open], readiness: Readiness | None
) -> dict[str, Judged]:
    if readiness is None:
        open_of = open_findings.get
        return {one.id: Judged(open_of(f"device:{one.id}", ())) for one in devices}
    levels, nothing = readiness.devices, ()
    return {
        one.id: Judged(open_findings.get(f"device:{one.id}", nothing), levels[one.id].level)
        for one in devices
    }


def _points(snapshot: Snapshot, findings: Iterable[Finding]) -> tuple[Points, ...]:
    if not snapshot.policy.domains:
        return ()
    return domain_points(
        snapshot, Verdicts(one for one in findings if one.subject.startswith("domain:"))
    )


def _count(
    findings: Iterable[Finding],
) -> tuple[dict[tuple[str, Verdict], int], dict[str, Open]]:
    verdicts: dict[tuple[str, Verdict], int] = {}
    by_subject: dict[str, dict[str, int]] = {}
    for finding in findings:
        key = (finding.check, finding.verdict)
        verdicts[key] = verdicts.get(key, 0) + 1
        if finding.verdict in ("fail", "warn"):
            counts = by_subject.setdefault(finding.subject, {})
            severity = finding.severity.value
            counts[severity] = counts.get(severity, 0) + 1
    open_findings = {
        subject: tuple(
            (severity, counts[severity]) for severity in _WORST_FIRST if severity in counts
        )
        for subject, counts in by_subject.items()
    }
    return verdicts, open_findings
