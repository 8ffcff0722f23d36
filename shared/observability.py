"""What a running process tells of itself: structured logs, metrics, and the progress of its loops.

`/healthz` asks whether the process itself still makes progress; `/readyz` whether it can keep its promises now.
"""

import logging
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Gauge, Histogram

STALLED_SECONDS = 60.0
"""A loop that has not come round for so long is taken to hang."""

EVENTS_PUBLISHED = Counter("xietiao_events_published_total", "Events the relay has published.", ["topic"])
EVENTS_TAKEN = Counter(
    "xietiao_events_taken_total",
    "Records a consumer has dealt with: handled, duplicate, skipped, unknown, dead_letter, parked.",
    ["consumer", "result"],
)
OUTBOX_AGE = Gauge("xietiao_outbox_age_seconds", "Age of the oldest event that is not yet published; 0 if none.")
CONSUMER_LAG = Gauge("xietiao_consumer_lag_records", "Records a consumer has not read yet.", ["consumer"])
HTTP_SECONDS = Histogram(
    "xietiao_http_request_seconds",
    "Time from request to answer.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)


def configure_logging(service: str, instance: str, log_format: str, level: str) -> None:
    """Write one line per event of the program to stderr, as JSON or for a console."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processor=renderer)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for chatty in ("aiokafka", "uvicorn.access", "httpx", "faust", "mode"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@dataclass(slots=True)
class Loop:
    """One background loop of the process."""

    beaten_at: float = field(default_factory=time.monotonic)
    ok: bool = False
    detail: str = "starting"


class Progress:
    """Heartbeats of the process's loops, and the figures that `/readyz` shows."""

    def __init__(self) -> None:
        """Begin with no loop."""
        self.since = datetime.now(UTC)
        self.loops: dict[str, Loop] = {}
        self.lag: dict[str, int] = {}
        self.outbox_age_seconds: float | None = None

    def expect(self, name: str) -> None:
        """Say that a loop of this name runs here; until its first beat it is not ready."""
        self.loops[name] = Loop()

    def beat(self, name: str, *, ok: bool = True, detail: str = "running") -> None:
        """Note that a loop came round; `ok` says whether it can do its work at present."""
        loop = self.loops.setdefault(name, Loop())
        loop.beaten_at, loop.ok, loop.detail = time.monotonic(), ok, detail

    def wait(self, name: str, error: Exception) -> None:
        """Note that a loop came round and cannot work at present, and why; of itself a time-out says nothing."""
        why = str(error) or "no answer in time"
        self.beat(name, ok=False, detail=f"waiting: {type(error).__name__}: {why}")

    def stalled(self) -> list[str]:
        """Return the names of loops that hang."""
        now = time.monotonic()
        return [name for name, loop in self.loops.items() if now - loop.beaten_at > STALLED_SECONDS]
