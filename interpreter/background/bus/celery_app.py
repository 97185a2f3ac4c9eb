"""A bus becomes a Celery app.

Every setting has its measured reason; what Celery does by default for safety the records do instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from celery import Celery
from kombu.entity import Queue

from interpreter.background.bus.server import Bus
from interpreter.background.options.limits import DEFAULT_QUEUE
from interpreter.bus import PREFIX

VISIBILITY_SECONDS = 3600
"""After which the bus gives a message again that was taken and not confirmed; nothing waits on the bus so long."""


def make_app(bus: Bus, queues: Sequence[str] = (DEFAULT_QUEUE,)) -> Celery:
    """The Celery app that speaks to this bus."""
    app = Celery("interpreter", set_as_current=False)
    app.conf.update(
        broker_url=bus.broker_url,
        result_backend=None,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=False,  # a lost execution comes back by its record, within seconds
        task_reject_on_worker_lost=False,  # True is an endless poison loop
        task_track_started=False,
        result_extended=False,
        worker_send_task_events=False,
        task_send_sent_event=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry=False,
        broker_pool_limit=10,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": not bus.url.startswith("unix:"),
            "health_check_interval": 25,
            "queue_order_strategy": "priority",
            "priority_steps": list(range(10)),
            "sep": ":",
            "global_keyprefix": PREFIX,
        },
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=10,
        worker_enable_soft_shutdown_on_idle=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=DEFAULT_QUEUE,
        task_queues=[Queue(name) for name in queues],  # type: ignore[no-untyped-call]
    )
    return app
