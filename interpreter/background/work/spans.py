"""An execution that has ended becomes an OpenTelemetry span, where its standard variables ask for it.

Nothing of OpenTelemetry is imported otherwise. A span has the ids that the execution has anyway (its trace, and its
own last 64 bits), so what others report of the same trace hangs together with it.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from time import time_ns
from typing import TYPE_CHECKING, Any

from interpreter.background.store.records import COMPLETED, Job, Outcome

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ASKING = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NAME = "stack-interpreter"

log = logging.getLogger("interpreter.worker")


def tell(job: Job, began: float, outcome: Outcome) -> None:
    """Report one execution, from its dispatch to its end; ``began``: when its last turn began."""
    provider = _provider(os.getpid())
    if provider is None:
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode

    attributes: dict[str, Any] = {
        "interpreter.execution_id": job.id,
        "interpreter.function": job.function,
        "interpreter.kind": job.kind,
        "interpreter.queue": job.queue,
        "interpreter.attempt": job.attempt,
        "interpreter.state": outcome.state,
    }
    provider.id_generator.next = job.traceparent  # type: ignore[attr-defined]
    span = provider.get_tracer(_NAME).start_span(
        f"{job.kind} {job.function}",
        _parent(job),
        SpanKind.CONSUMER,
        attributes,
        start_time=int(job.created_at * 1e9),
    )
    span.add_event("begun", timestamp=int(began * 1e9))
    if outcome.state != COMPLETED:
        span.set_attribute("error.type", outcome.error or outcome.state)
        span.set_status(Status(StatusCode.ERROR, outcome.error_message))
    span.end(time_ns())


def close() -> None:
    """Report what is left, before this process ends."""
    if _provider.cache_info().currsize and (provider := _provider(os.getpid())) is not None:
        provider.shutdown()


def _parent(job: Job) -> Any:
    """The span that dispatched it, as a context; an empty one for a root that nobody traced."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if job.called_in is None:
        return Context()
    _, trace, span, flags = job.called_in.split("-")
    context = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(context), Context())


@cache
def _provider(_process: int) -> TracerProvider | None:
    """This process's reporter: its thread would not live on in a forked one. None where nobody asks for it."""
    asked = [os.environ.get(name, "") for name in ASKING]
    if not any(asked) or asked[0] == "none" or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
        from opentelemetry.sdk.trace.id_generator import IdGenerator
    except ImportError:
        log.warning('OpenTelemetry is asked for and not installed: pip install "stack-interpreter[otel]"')
        return None

    class Ids(IdGenerator):
        """Gives the ids of the traceparent ``next``."""

        next = ""

        def generate_trace_id(self) -> int:
            return int(self.next.split("-")[1], 16)

        def generate_span_id(self) -> int:
            return int(self.next.split("-")[2], 16)

    provider = TracerProvider(id_generator=Ids(), shutdown_on_exit=False)
    exporter = ConsoleSpanExporter() if asked[0] == "console" else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
