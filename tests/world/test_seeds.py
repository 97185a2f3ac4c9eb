"""The documents that the language comes from: every stack in them validates and runs, with what must come of it.

They are read from the folder beside the repository (or INTERPRETER_SEEDS) and are no part of it. What their examples
call without defining it is supplied by stubs that note what they are given; the services that they call are played
by a server of ours, to which every host's name leads. The same on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from engines.conftest import Place, until

from interpreter import execution, finding, pipeline
from interpreter.adapters.realtime import BEFORE_ALL, realtime_of
from interpreter.diagnostic import Diagnostic
from interpreter.values import Moment, plain_value

from .internet import Services, serving

SEEDS = Path(os.environ.get("INTERPRETER_SEEDS", Path(__file__).parents[3] / "shared" / "seeds"))
PATIENCE = 30
DAY = 86_400

pytestmark = [
    pytest.mark.skipif(not SEEDS.is_dir(), reason=f"THE SEEDS ARE NOT HERE: no folder {SEEDS} (set INTERPRETER_SEEDS)"),
    pytest.mark.xdist_group("seeds"),
]


class Example(NamedTuple):
    """One fenced block: the number of its document, its own number in it, and its text."""

    document: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"seed_{self.document}_{self.number}"


def examples() -> Iterator[Example]:
    """The fenced blocks that are stacks: JSON with nodes in it."""
    for file in sorted(SEEDS.glob("*.txt")):
        fenced = re.findall(r"^```\w*\n(.*?)^```", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for number, text in enumerate(fenced, 1):
            if '"function":' in text:
                yield Example(file.name[:3], number, text)


EXAMPLES = {example.name: example for example in examples()} if SEEDS.is_dir() else {}


def write(folder: Path, example: Example) -> Path:
    file = folder / f"{example.name}.json"
    file.write_text(example.text, encoding="utf-8")
    return file


def stub(folder: Path, name: str) -> None:
    """A function that notes in the table "calls" what it was given, and says it."""
    noted = {"function": "add_record", "table": "calls", "data": {"name": name, "given": "{{ input }}"}}
    answer = {"function": "return_value", "value": {"valid": True, "given": "{{ input }}"}}
    # what an expression calls with arguments must declare its inputs
    inputs = {"inputs": {"priority": "text"}} if name == "get_priority_delay" else {}
    document = {"name": name, **inputs, "function_stack": [noted, answer]}
    (folder / f"stub_{name}.json").write_text(json.dumps(document), encoding="utf-8")


def supply_stubs(folder: Path, file: Path) -> None:
    """Define what a document calls and does not define."""
    for found in check(folder, file):
        if found.code in ("resolve/unknown-function", "resolve/unknown-filter"):
            assert found.span is not None
            stub(folder, found.span.text.strip('"'))


def check(folder: Path, file: Path) -> list[Diagnostic]:
    return pipeline.check(pipeline.open_workspace(folder, folder, {}), [file]).diagnostics


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_validates(name: str, tmp_path: Path) -> None:
    file = write(tmp_path, EXAMPLES[name])
    supply_stubs(tmp_path, file)
    assert [each for each in check(tmp_path, file) if each.severity == "error"] == []


# --- the workspace in which they run ------------------------------------------------------------------

HOSTS = ("hooks.n8n.cloud", "hook.us1.make.com")
"""The services that the examples name by their hosts; the others are named by the environment."""


class Shop:
    """A workspace with one example and what it calls, a worker, and the services that it reaches."""

    def __init__(self, place: Place, services: Services, name: str) -> None:
        self.place = place
        self.services = services
        self.folder = place.root
        self.name = name
        supply_stubs(self.folder, write(self.folder, EXAMPLES[name.partition("/")[0]]))
        stub(self.folder, "work")
        variables = ("EMAIL_SERVICE_URL", "PAYMENT_PROCESSOR_URL", "SLACK_WEBHOOK_URL")
        env = [f"{each}={services.url}/{each}" for each in variables]
        (self.folder / ".env").write_text("\n".join([*env, "EMAIL_API_KEY=the-key-of-the-mail-service"]) + "\n")
        place.start_interpreter(1)
        self.workspace = pipeline.open_workspace(self.folder, self.folder, {})
        self.engine = place.engine

    # --- running

    def run(self, inputs: dict[str, Any] | None = None, target: str = "") -> tuple[int, Any, list[dict[str, Any]]]:
        """Status and body of a run's answer, and what became of the executions that it began, but the delayed."""
        found = target or self.name.partition("/")[2] or str(self.folder / f"{self.name}.json")
        outcome = execution.execute(
            self.workspace, finding.find(self.workspace, found), inputs or {}, auth={"user": {"id": 7}}
        )
        begun = [each for each in outcome.execution_ids if self.engine.get(each)["state"] != "delayed"]
        ended = self.engine.wait(begun, PATIENCE) if begun else []
        assert all(record["status"] == "completed" for record in ended), ended
        return outcome.response.status, plain_value(outcome.response.body), ended

    def work(self, number: int) -> str:
        """The id of an execution that has begun."""
        return self.engine.dispatch("work", {"number": number}, {})

    def delayed(self) -> list[dict[str, Any]]:
        """What waits for its time: function, and seconds from now."""
        rows = self.sql(
            "SELECT function, due-created_at, id FROM _executions e JOIN _timers t USING (id)"
            " WHERE e.state='delayed' ORDER BY e.id"
        )
        return [{"function": function, "delay": round(delay), "id": each} for function, delay, each in rows]

    def let_time_pass(self, execution_id: str) -> dict[str, Any]:
        """As if the delay were over."""
        self.sql("UPDATE _timers SET due=1 WHERE id=?", execution_id)
        until(lambda: self.engine.get(execution_id)["status"] != "running", PATIENCE)
        return self.engine.get(execution_id)

    # --- tables

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.engine.records.database.run(statement, values)

    def add(self, table: str, *records: dict[str, Any]) -> None:
        """Rows, as a stack writes them."""
        filling = [{"function": "bulk_add_records", "table": table, "records": list(records)}]
        file = self.folder / "filling.json"
        file.write_text(json.dumps(filling), encoding="utf-8")
        self.workspace.forget()
        self.run(target=str(file))

    def rows(self, table: str, *columns: str) -> list[Any]:
        """What stands in a table, as a stack reads it: chosen columns as tuples, else whole records."""
        reading = [
            {"function": "query_all_records", "table": table, "sort": "id", "return_as": "found"},
            {"function": "return_value", "value": "{{ found }}"},
        ]
        file = self.folder / "reading.json"
        file.write_text(json.dumps(reading), encoding="utf-8")
        self.workspace.forget()
        found = self.run(target=str(file))[1]
        return [tuple(each[column] for column in columns) for each in found] if columns else found

    def published(self, channel: str, count: int) -> list[dict[str, Any]]:
        """The first events that were published on a channel."""
        realtime = realtime_of(self.place.settings, lambda: self.engine.bus.url)
        return list(islice(realtime.follow(channel, BEFORE_ALL, lambda _: None), count))

    def calls(self) -> list[Any]:
        """Which stubs were called, and with what."""
        return self.rows("calls", "name", "given")


def given(ended: list[dict[str, Any]]) -> list[Any]:
    """What the stubs were given that ran in the background."""
    return [record["output"]["given"] for record in ended]


# --- seed 000: async functions and how they are awaited -----------------------------------------------


def dataset_is_processed(shop: Shop) -> None:
    options = {"batch_size": 1000, "validate": True}
    status, body, ended = shop.run({"user_data": [1]})
    assert (status, body, given(ended)) == (200, None, [{"dataset": [1], "processing_options": options}])


def accepted(shop: Shop) -> None:
    status, body, _ = shop.run({"processing_execution_id": "abc"})
    assert (status, body["execution_id"], body["status_url"]) == (202, "abc", "/api/status/abc")


def result_is_awaited(shop: Shop) -> None:
    _, body, _ = shop.run({"execution_id": shop.work(1)})
    assert body == {"status": "completed", "result": {"valid": True, "given": {"number": 1}}}


def forgotten(shop: Shop) -> None:
    status, body, ended = shop.run({"user_profile": {"name": "Ada"}})
    assert (status, body) == (200, None)
    assert given(ended) == [{"user_id": 7, "notification_type": "welcome", "template_data": {"name": "Ada"}}]


def batches(shop: Shop) -> None:
    _, body, ended = shop.run({"data_batches": [["a"], ["b"], ["c"]]})
    assert (body["total_batches"], len(set(body["execution_ids"]))) == (3, 3)
    assert given(ended) == [{"batch_data": [each], "batch_number": number} for number, each in enumerate("abc", 1)]


def summary(shop: Shop) -> None:
    _, body, _ = shop.run({"execution_ids": [shop.work(1), shop.work(2)]})
    assert body["summary"] == {"total": 2, "completed": 2, "running": 0, "failed": 0}
    assert (body["all_complete"], len(body["details"])) == (True, 2)


def status_check(shop: Shop) -> None:
    assert shop.run({"execution_id": shop.work(1)}) == (200, None, [])


# --- seed 001: orders, mails, monitoring --------------------------------------------------------------


def mail_is_sent_and_logged(shop: Shop) -> None:
    shop.services.answer("/EMAIL_SERVICE_URL", {"id": "m-1", "status": "sent"})
    mail = {"recipient_email": "ada@example.com", "subject": "Hello", "template_name": "welcome"}
    _, body, _ = shop.run({**mail, "template_variables": {"name": "Ada"}})
    assert body == {"success": True, "email_id": "m-1", "message": "Email sent successfully"}
    (request,) = shop.services.received
    assert request.headers["authorization"] == "Bearer the-key-of-the-mail-service"
    assert request.json == {
        "to": "ada@example.com",
        "subject": "Hello",
        "template": "welcome",
        "variables": {"name": "Ada"},
    }
    logged = shop.rows("email_logs", "recipient", "subject", "status", "external_id")
    assert logged == [("ada@example.com", "Hello", "sent", "m-1")]
    assert shop.rows("email_logs", "sent_at") != [(None,)]


def order_is_taken_and_polled(shop: Shop) -> None:
    items = [{"sku": "tea", "quantity": 2}]
    status, body, ended = shop.run({"customer_id": 3, "total": 9.5, "items": items})
    assert (status, body["order"]["status"], body["order"]["total"]) == (201, "confirmed", 9.5)
    assert given(ended) == [{"order_id": body["order"]["id"], "customer_email": None}, {"order_items": items}]
    assert shop.rows("orders", "id", "customer_id", "total", "status") == [(body["order"]["id"], 3, 9.5, "confirmed")]
    poll = write(shop.folder, EXAMPLES["seed_001_7"])
    shop.workspace.forget()
    _, polled, _ = shop.run(body["background_tasks"], str(poll))
    assert (polled["all_completed"], polled["inventory_result"]["given"]) == (True, {"order_items": items})


def both_completed(shop: Shop) -> None:
    _, body, _ = shop.run({"email_execution_id": shop.work(1), "inventory_execution_id": shop.work(2)})
    assert body["all_completed"] is True
    assert (body["email_result"]["given"], body["inventory_result"]["given"]) == ({"number": 1}, {"number": 2})


def three_at_once(shop: Shop) -> None:
    status, body, ended = shop.run()
    assert (status, body, given(ended)) == (200, None, [{}, {}, {}])


def one_after_the_other(shop: Shop) -> None:
    status, body, ended = shop.run()
    assert (status, body, given(ended)) == (200, None, [{}])


def risk_is_caught(shop: Shop) -> None:
    """It starts well, and then, with a callback that the workspace does not allow, not at all."""
    assert shop.run()[:2] == (200, None)
    declared = {"name": "risky_operation", "callback_url": "http://169.254.169.254/", "function_stack": []}
    (shop.folder / "stub_risky_operation.json").write_text(json.dumps(declared), encoding="utf-8")
    shop.workspace.forget()
    status, body, ended = shop.run()
    assert (status, body, ended) == (500, {"error": "Operation failed to start", "execution_id": None}, [])
    ((function, message, trail),) = shop.rows("error_logs", "function_name", "error_message", "stack_trace")
    assert (function, "169.254.169.254" in message) == ("risky_operation", True)
    assert "seed_001_10.json" in json.dumps(trail)


def stuck_is_reported(shop: Shop) -> None:
    stuck = shop.engine.dispatch("work", {}, {"delay": 3600})
    shop.sql("UPDATE _executions SET created_at=created_at-400 WHERE id=?", stuck)
    shop.engine.dispatch("work", {}, {"delay": 3600})
    shop.run()
    ((kind, execution_id, function, duration, severity),) = shop.rows(
        "alerts", "type", "execution_id", "function_name", "stuck_duration", "severity"
    )
    assert (kind, execution_id, function, severity) == ("async_timeout", stuck, "work", "warning")
    assert 400 <= duration < 460


# --- seed 003: tasks, queues, schedules ---------------------------------------------------------------


def report_is_requested(shop: Shop) -> None:
    _, body, ended = shop.run({"report_type": "monthly"})
    assert body["message"] == "Report generation started"
    assert given(ended) == [{"request_id": body["request_id"], "user_id": 7, "report_type": "monthly"}]
    requested = shop.rows("report_requests", "id", "user_id", "report_type", "status")
    assert requested == [(body["request_id"], 7, "monthly", "queued")]


def order_is_confirmed(shop: Shop) -> None:
    order = {"customer_email": "ada@example.com", "total": 12}
    _, body, _ = shop.run({"order_data": order}, "main_function")
    assert body["status"] == "created"
    (request,) = shop.services.received
    assert request.json == {"template": "order_confirmation", "to": "ada@example.com", "order_id": body["order_id"]}
    assert shop.rows("orders", "id", "total", "confirmation_sent") == [(body["order_id"], 12, True)]


def trial_ends_in_fourteen_days(shop: Shop) -> None:
    shop.add("users", *({"email": f"{name}@example.com", "subscription_status": "none"} for name in "abcdefg"))
    shop.run()
    ((user, start, end),) = shop.rows("user_trials", "user_id", "start_date", "end_date")
    assert (user, start[:10] < end[:10]) == (7, True)
    (warning,) = shop.delayed()
    assert (warning["function"], warning["delay"]) == ("trial_expiry_warning", 14 * DAY)
    assert shop.let_time_pass(warning["id"])["state"] == "completed"
    (request,) = shop.services.received
    assert (request.json["template"], request.json["to"]) == ("trial_expiring", "g@example.com")


def queue_is_worked_off(shop: Shop) -> None:
    for kind, priority in (("send_email", None), ("generate_report", "urgent"), ("sync_data", "low")):
        shop.run({"task_type": kind, "task_data": {"for": kind}, "priority": priority}, "add_to_queue")
    for each in shop.delayed():
        assert each["delay"] == 1
    for each in shop.delayed():
        shop.let_time_pass(each["id"])
    assert [name for name, _ in shop.calls()] == ["process_report_task", "process_email_task", "process_sync_task"]
    worked = shop.rows("task_queue", "task_type", "priority", "status")
    assert worked == [(*each, "completed") for each in QUEUED]
    assert all(None not in each for each in shop.rows("task_queue", "started_at", "completed_at"))


QUEUED = [("send_email", "normal"), ("generate_report", "urgent"), ("sync_data", "low")]


def payment_is_tried_until_it_has_failed(shop: Shop) -> None:
    shop.add("payments", {"amount": 5, "status": "new"})
    shop.services.answer("/PAYMENT_PROCESSOR_URL", {"error": "busy"}, status=503)
    shop.run({"payment_id": 1}, "process_payment")
    delays = []
    while waiting := shop.delayed():
        delays.append(waiting[0]["delay"])
        assert shop.let_time_pass(waiting[0]["id"])["state"] == "completed"
    assert delays == [60, 120, 240]
    assert [request.json["amount"] for request in shop.services.received] == [5] * 4
    ((status, reason),) = shop.rows("payments", "status", "error")
    assert (status, "503" in reason) == ("failed", True)


def payment_goes_through_at_last(shop: Shop) -> None:
    shop.add("payments", {"amount": 5, "status": "new"})
    shop.services.answer("/PAYMENT_PROCESSOR_URL", {"error": "busy"}, status=503)
    shop.run({"payment_id": 1}, "process_payment")
    shop.services.answer("/PAYMENT_PROCESSOR_URL", {"ok": True})
    (again,) = shop.delayed()
    shop.let_time_pass(again["id"])
    assert shop.rows("payments", "status") == [("processed",)]


def users_are_written_to_page_by_page(shop: Shop) -> None:
    people = [{"email": f"{n}@example.com", "email_verified": n % 10 == 9, "verification_token": n} for n in range(250)]
    shop.add("users", *people)
    shop.run({}, "process_user_batch")
    pages = 1
    while waiting := shop.delayed():
        assert waiting[0]["delay"] == 10
        shop.let_time_pass(waiting[0]["id"])
        pages += 1
    assert pages == 3
    tokens = [request.json["verification_token"] for request in shop.services.received]
    assert sorted(tokens) == [n for n in range(250) if n % 10 != 9]


def day_is_reported(shop: Shop) -> None:
    today = time.time()
    yesterday = today - DAY
    views = [("/", 1), ("/", 2), ("/tea", 1)]
    shop.add("page_views", *({"page_url": page, "user_id": user, "created_at": iso(yesterday)} for page, user in views))
    shop.add("page_views", {"page_url": "/late", "user_id": 9, "created_at": iso(today)})
    shop.run({}, "daily_analytics_report")
    ((date, total, unique, top),) = shop.rows("daily_reports", "date", "total_views", "unique_visitors", "top_pages")
    assert (date, total, unique) == (iso(yesterday)[:10], 3, 2)
    assert [(each["page_url"], each["count"]) for each in top] == [("/", 2), ("/tea", 1)]
    (request,) = shop.services.received
    assert request.json == {"text": "Daily Analytics Report: 3 views, 2 unique visitors"}


def iso(seconds: float) -> str:
    return str(Moment(seconds))


def customers_are_synced(shop: Shop) -> None:
    shop.add(
        "customers", *({"name": name, "sync_status": status} for name, status in (("a", "pending"), ("b", "done")))
    )
    shop.run({}, "sync_customer_data")
    (request,) = shop.services.received
    assert (request.headers["host"], request.path) == ("hooks.n8n.cloud", "/webhook/customer-sync")
    assert [each["name"] for each in request.json["customers"]] == ["a"]
    assert len(request.json["sync_batch_id"]) == 36
    assert shop.rows("customers", "name", "sync_status") == [("a", "in_progress"), ("b", "done")]


def dashboard_is_told(shop: Shop) -> None:
    shop.add("sales", {"amount": 10}, {"amount": 20}, {"amount": 99, "created_at": "2020-01-01T00:00:00Z"})
    shop.run({}, "update_dashboard_metrics")
    (told,) = shop.published("dashboard_metrics", 1)
    assert (told["event"], told["data"]["total_sales"], told["data"]["order_count"]) == ("metrics_updated", 30, 2)
    assert told["data"]["average_order"] == 15


def leads_are_passed_on(shop: Shop) -> None:
    leads = [{"email": f"{n}@example.com", "source": "web", "lead_score": n, "status": "new"} for n in range(3)]
    shop.add("leads", *leads, {"email": "old@example.com", "source": "web", "lead_score": 0, "status": "won"})
    shop.run({}, "process_leads")
    assert [request.headers["host"] for request in shop.services.received] == ["hook.us1.make.com"] * 3
    assert shop.services.received[2].json == {"lead_id": 3, "email": "2@example.com", "source": "web", "score": 2}
    assert [status for (status,) in shop.rows("leads", "status")] == [*["processing"] * 3, "won"]


def priorities_are_kept(shop: Shop) -> None:
    shop.add("task_queue", {"status": "pending", "priority": "high"}, {"status": "done", "priority": "normal"})
    shop.run({}, "task_processor")
    assert [name for name, _ in shop.calls()] == ["process_task_immediately"]
    shop.add("task_queue", {"status": "pending", "priority": "low"})
    shop.run({}, "task_processor")
    assert {"process_task_immediately", "get_priority_delay", "queue_task_for_processing"} == {
        name for name, _ in shop.calls()
    }


def one_of_two(shop: Shop) -> None:
    assert shop.run()[:2] == (200, None)
    ((name, _),) = shop.calls()
    assert name in ("process_next_batch", "delay_processing")


def dataset_goes_through_the_whole_system(shop: Shop) -> None:
    _, body, _ = shop.run(
        {"dataset_url": "https://example.com/data", "options": {"deep": True}}, "/api/process-large-dataset"
    )
    assert body["status"] == "Processing started"
    names = "download_dataset process_data_in_chunks generate_analysis_report upload_results"
    assert [name for name, _ in shop.calls()] == [*names.split(), "send_completion_notification"]
    assert shop.calls()[0] == ("download_dataset", {"url": "https://example.com/data"})
    columns = ("id", "type", "status", "user_id", "processing_options")
    assert shop.rows("processing_jobs", *columns) == [
        (body["job_id"], "dataset_processing", "completed", 7, {"deep": True})
    ]


RUNS: dict[str, Callable[[Shop], None]] = {
    "seed_000_1": dataset_is_processed,
    "seed_000_2": accepted,
    "seed_000_3": result_is_awaited,
    "seed_000_4": forgotten,
    "seed_000_5": batches,
    "seed_000_6": summary,
    "seed_000_7": status_check,
    "seed_001_5": mail_is_sent_and_logged,
    "seed_001_6": order_is_taken_and_polled,
    "seed_001_7": both_completed,
    "seed_001_8/parallel_execution": three_at_once,
    "seed_001_8/sequential_with_dependencies": one_after_the_other,
    "seed_001_10": risk_is_caught,
    "seed_001_11": stuck_is_reported,
    "seed_003_1": report_is_requested,
    "seed_003_2": order_is_confirmed,
    "seed_003_3": trial_ends_in_fourteen_days,
    "seed_003_4": queue_is_worked_off,
    "seed_003_5": payment_is_tried_until_it_has_failed,
    "seed_003_5/process_payment": payment_goes_through_at_last,
    "seed_003_6": users_are_written_to_page_by_page,
    "seed_003_7": day_is_reported,
    "seed_003_8": customers_are_synced,
    "seed_003_9": dashboard_is_told,
    "seed_003_10": leads_are_passed_on,
    "seed_003_11": priorities_are_kept,
    "seed_003_12": one_of_two,
    "seed_003_13": dataset_goes_through_the_whole_system,
}


@pytest.mark.parametrize("name", RUNS)
def test_it_runs(place: Place, name: str) -> None:
    with ExitStack() as opened:
        services = opened.enter_context(serving(*HOSTS))
        place.set(http_hosts=["127.0.0.1", "*"], http_proxy=services.url, http_ca=services.authority, concurrency=1)
        RUNS[name](Shop(place, services, name))


def test_every_example_runs() -> None:
    assert {name.partition("/")[0] for name in RUNS} == set(EXAMPLES)
