"""What Prometheus' own client library tells of a Python process: `process_*` and `python_gc_*`."""


class ProcessMetrics:
    """Read from the kernel at each scrape."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def render(self, openmetrics: bool) -> bytes:
        """The families in one of the text formats, without an end mark."""
        if not openmetrics:
            from prometheus_client import generate_latest

            return generate_latest(self._registry)
        from prometheus_client.openmetrics import exposition

        body: bytes = exposition.generate_latest(self._registry)  # type: ignore[no-untyped-call]
        return body.removesuffix(b"# EOF\n")
