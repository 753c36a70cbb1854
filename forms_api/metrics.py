"""Figures for Prometheus, on an address of their own and never on the public one. No label holds an answer.

Each worker process tells its own figures on the first free port from the given one; a Prometheus scrapes them all.
"""

import logging
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import accumulate
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from forms_api.errors import SettingsError
from forms_api.store.protocol import Health
from forms_api.store.sizes import BOUNDS

MOST_PORTS = 64
log = logging.getLogger("forms_api.metrics")


class Metrics:
    """The figures of this process."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("forms_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self._seconds = Histogram(
            "forms_request_seconds", "Time to answer", ["route"], registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )  # fmt: skip
        self._sends = Counter(
            "forms_sends", "Forms sent, by what became of them", ["form", "outcome"], registry=self.registry
        )
        self._answered_by: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._sent_as: dict[tuple[str, str], Counter] = {}
        build = Info("forms_build", "What runs here", registry=self.registry)
        build.info({"version": version("free-workers-site"), "python": platform.python_version()})
        ProcessCollector(registry=self.registry)  # memory and open files
        self.registry.register(_Store(health))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request by the pattern of its address, never by the address."""
        count, seconds_of = self._answered_by.get((route, status)) or self._figures(route, status)
        count.inc()
        seconds_of.observe(seconds)

    def _figures(self, route: str, status: int) -> tuple[Counter, Histogram]:
        """Look the figures of a route and a status up once: both are few, and looking up is slow."""
        found = self._requests.labels(route, str(status)), self._seconds.labels(route)
        return self._answered_by.setdefault((route, status), found)

    def sent(self, form_id: str, outcome: str) -> None:
        """Count a send: seated, waiting, received, replayed, invalid, or why it was not kept (busy, keyreused …)."""
        count = self._sent_as.get((form_id, outcome)) or self._sends.labels(form_id, outcome)
        self._sent_as.setdefault((form_id, outcome), count).inc()

    def serve(self, place: str) -> tuple[WSGIServer, int]:
        """Tell the figures at `host:port`, or at the next free port (0: any); return the server and its port."""
        host, _, port = place.rpartition(":")
        for number in range(int(port), int(port) + MOST_PORTS):
            try:
                server, _thread = start_http_server(number, host.strip("[]"), self.registry)
            except OSError:
                continue
            log.info("figures", extra={"address": f"{host}:{server.server_port}"})
            return server, server.server_port
        raise SettingsError(f"FORMS_API_METRICS={place}: พอร์ตไม่ว่าง")


class _Store(Collector):
    """The state of the store at the moment it is asked for."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Yield queue, disk, readiness and the sizes of the batches."""
        health = self._health()
        yield GaugeMetricFamily("forms_queue", "Commands that wait for a commit", health.waiting)
        yield GaugeMetricFamily("forms_disk_free_bytes", "Free on the disk of the data; -1 unknown", health.free_bytes)
        yield GaugeMetricFamily("forms_ready", "1 while answers can be kept", int(health.ready))
        counted = list(zip(map(str, BOUNDS), accumulate(health.batches.counts), strict=True))
        counted.append(("+Inf", counted[-1][1]))  # no batch is larger than the last bound
        yield HistogramMetricFamily("forms_batch_size", "Commands in one commit", counted, health.batches.jobs)
