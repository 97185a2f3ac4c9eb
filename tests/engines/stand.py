"""A worker whose functions are Python, so that the engine is tested without the language: ``stand.py ROOT SLOTS IDLE``.

Everything else is real: the bus, Celery's worker and its processes, the database.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from interpreter.background.bus import celery_app
from interpreter.background.store.records import Job
from interpreter.background.upkeep.scheduling import Schedule
from interpreter.background.work.app import worker_main
from interpreter.background.work.journal import Journal, JournaledExecutions
from interpreter.diagnostic import Fault
from interpreter.settings import read_settings


class Run:
    """What one function of the stand is given."""

    def __init__(self, job: Job, journal: Journal, executions: JournaledExecutions) -> None:
        self.job = job
        self.journal = journal
        self.executions = executions
        self.inputs = json.loads(job.inputs)

    def witness(self, line: str) -> None:
        """Write down, outside the system under test, that this happened."""
        with open("witness", "a") as file:
            file.write(line + "\n")

    def step(self, name: str, perform: Callable[[], Any]) -> Any:
        return self.journal.step("stand", name, perform)

    def stored(self, name: str, perform: Callable[[], Any]) -> Any:
        return self.journal.step("stand", name, perform, stored=True)

    def dispatch(self, function: str, inputs: dict[str, Any]) -> str:
        return self.step("dispatch", lambda: self.executions.dispatch(function, inputs, {}))

    def wait(self, ids: list[str], timeout: float | None = None, mode: str = "all") -> list[dict[str, Any]]:
        return self.step("async_function_await", lambda: self.executions.wait(ids, timeout, mode))


def echo(run: Run) -> Any:
    return run.inputs


def note(run: Run) -> Any:
    run.witness(run.inputs["line"])
    return run.inputs["line"]


def hold(run: Run) -> str:
    """Say that it runs, then go on until the file ``release`` is there."""
    run.witness(f"holding {run.inputs.get('name', '')}")
    while not Path("release").exists():
        time.sleep(0.005)
    return "released"


def poison(run: Run) -> None:
    run.witness("poison")
    os.kill(os.getpid(), 9)


def poison_worker(run: Run) -> None:
    """Kills the worker's parent process, and with it all of its children."""
    run.witness("poison worker")
    os.kill(os.getppid(), 9)
    time.sleep(60)


def fail(run: Run) -> None:
    run.witness("failed")
    raise Fault("run/thrown", "it was meant to fail", type="payment_error", status=402, details={"amount": 3})


def pay(run: Run) -> str:
    """Reserves, and pays once something was repaired outside."""
    run.step("reserve", lambda: run.witness("reserved"))

    def charge() -> str:
        if not Path("repaired").exists():
            run.witness("declined")
            raise Fault("run/thrown", "the card was declined")
        run.witness("paid")
        return "paid"

    return str(run.step("charge", charge))


def fail_twice(run: Run) -> int:
    if run.job.attempt < 3:
        fail(run)
    return run.job.attempt


def eat(run: Run) -> None:
    raise MemoryError


def swallow(run: Run) -> None:
    """A stack that catches every error it can, and runs on."""
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            run.witness("swallowed")


def deaf(run: Run) -> None:
    """One call into C code, which no signal handler interrupts."""
    run.witness("deaf")
    sum(range(10**13))


def spin(run: Run) -> None:
    run.witness("spinning")
    while True:
        pass


def grow(run: Run) -> None:
    """A list that grows without end; ``patient``: that takes no memory for an answer."""
    kept: list[bytes] = []
    while True:
        try:
            kept.append(bytes(1_000_000))
        except MemoryError:
            if not run.inputs.get("patient"):
                raise
            kept.clear()


def tangle(run: Run) -> None:
    """Loses what is raised in a destructor, and spins there."""

    class Knot:
        def __del__(self) -> None:
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                pass

    while True:
        Knot()


def work_in_turns(run: Run) -> str:
    """Uses time, or processor time, for a while, rests, and does it again."""
    for _ in range(run.inputs["turns"]):
        end = time.monotonic() + run.inputs["seconds"]
        while time.monotonic() < end:
            pass
        run.step("wait", lambda: run.executions.pause(0.3))
    return "done"


def dies_then_fails(run: Run) -> None:
    if run.job.attempt == 1:
        os.kill(os.getpid(), 9)
    fail(run)


def count_up(run: Run) -> None:
    """Writes down that it runs, as long as it does."""
    while True:
        run.witness("running")
        time.sleep(0.02)


def breed(run: Run) -> None:
    """Dispatches without end."""
    while True:
        run.dispatch("hold", {})


def parent(run: Run) -> Any:
    """Calls as it is told, awaits them if it is to, else holds."""
    ids = []
    for kind, function, inputs in run.inputs["calls"]:
        call = partial(run.executions.dispatch, function, inputs, {}, kind)
        ids.append(run.step("dispatch", call))
    return run.wait(ids) if run.inputs.get("waits") else hold(run)


def fan(run: Run) -> list[Any]:
    ids = [run.dispatch(run.inputs["function"], {**run.inputs, "i": i}) for i in range(run.inputs["n"])]
    return [record["output"] for record in run.wait(ids, run.inputs.get("timeout"), run.inputs.get("mode", "all"))]


def deepen(run: Run) -> int:
    """A chain of awaits, one execution awaiting the next."""
    depth = run.inputs["depth"]
    if depth == 0:
        return 0
    (record,) = run.wait([run.dispatch("deepen", {"depth": depth - 1})])
    return record["output"] + 1


def generations(run: Run) -> int:
    """Awaits so many of its own kind, and they theirs; the last ones await the execution ``gate``. How many of them."""
    gate, sizes = run.inputs["gate"], run.inputs["sizes"]
    if not sizes:
        run.wait([gate])
        return 1
    ids = [run.dispatch("generations", {"gate": gate, "sizes": sizes[1:]}) for _ in range(sizes[0])]
    return sum(record["output"] for record in run.wait(ids))


def careful_steps(run: Run) -> str:
    """Three actions around a wait, by an author who catches every error of every one."""
    for name in ("first", "second", "third"):
        try:
            run.step(name, lambda name=name: run.witness(name))
        except Exception:
            run.witness(f"swallowed {name}")
        if name == "second":
            run.wait([run.inputs["gate"]])
    return "done"


def steps_and_death(run: Run) -> list[int]:
    """Ten recorded actions; dies once, after the fifth."""
    seen = []
    for number in range(10):
        seen.append(run.step("act", lambda number=number: run.witness(f"action {number}") or number))
        if number == 4 and not Path("died").exists():
            Path("died").touch()
            os.kill(os.getpid(), 9)
    return seen


def five_effects(run: Run) -> int:
    """Five actions whose effect is a row in our database, and a moment of work before each."""
    for number in range(5):
        time.sleep(run.inputs["pause"])
        row = (run.job.id, number)
        run.stored("store", lambda row=row: run.journal.database.change("INSERT INTO effects VALUES (?,?)", row))
    return 5


def every_kind_of_step(run: Run) -> dict[str, Any]:
    """Thirty recorded actions of every kind, and what was only seen between them; dies after the one it is told."""
    deadly, key = run.inputs["deadly"], run.inputs["deadly"]
    table = run.journal.database
    seen: list[Any] = []
    for number in range(30):
        seen.append(run.journal.observe("stand", "random", random.random))
        match number % 3:
            case 0:
                seen.append(run.step("act", lambda number=number: run.witness(f"{key} action {number}") or number))
            case 1:
                row = (key, number)
                seen.append(run.stored("store", lambda row=row: table.change("INSERT INTO rows VALUES (?,?)", row)))
            case 2:
                (child,) = run.wait([run.dispatch("echo", {"number": number})])
                seen.append(child["output"]["number"])
        death = Path(f"died-{key}")
        if number == deadly and not death.exists():
            death.write_text(json.dumps(seen))
            os.kill(os.getpid(), 9)
    return {"seen": seen}


def nap(run: Run) -> str:
    run.step("wait", lambda: run.executions.pause(run.inputs["seconds"]))
    return "rested"


def not_json(run: Run) -> Any:
    return {1, 2}


def large(run: Run) -> str:
    return "x" * run.inputs["size"]


def large_step(run: Run) -> str:
    """An action whose result is too large to be recorded; the run goes on without it."""
    try:
        run.step("act", lambda: run.witness("acted") or "x" * run.inputs["size"])
    except Fault as fault:
        told = fault.message
        return run.step("tell", lambda: told)
    return "it was recorded"


def large_error(run: Run) -> None:
    raise Fault("run/thrown", "m" * run.inputs["size"], details={"text": "x" * run.inputs["size"]})


def ranks(run: Run) -> int:
    run.witness(str(run.job.priority))
    return run.job.priority


def span(run: Run) -> None:
    """Takes a while, and says when it begins and ends."""
    run.witness(f"begin {run.inputs['name']}")
    time.sleep(run.inputs["seconds"])
    run.witness(f"end {run.inputs['name']}")


def tick(run: Run) -> None:
    """One run of a schedule."""
    run.witness(f"tick {json.loads(run.job.options or '{}').get('scheduled_at')}")


FUNCTIONS = {
    function.__name__: function
    for function in (
        *(echo, note, hold, pay, poison, poison_worker, fail, fail_twice, eat, swallow, deaf, fan, deepen),
        *(dies_then_fails, count_up, breed, generations, careful_steps),
        *(spin, grow, tangle, work_in_turns, parent),
        *(steps_and_death, every_kind_of_step, five_effects, nap, not_json, large, large_step),
        *(large_error, ranks, span, tick),
    )
} | {"hold_queued": hold, "hold_all": hold}


def execute(job: Job, journal: Journal, executions: JournaledExecutions) -> Any:
    if job.function not in FUNCTIONS:
        raise Fault("run/unknown-function", f'no function is called "{job.function}"')
    return FUNCTIONS[job.function](Run(job, journal, executions))


def schedules() -> list[Schedule]:
    """The file ``schedules.json``: options by name."""
    file = Path("schedules.json")
    return [Schedule(name, options) for name, options in json.loads(file.read_text()).items()] if file.exists() else []


if __name__ == "__main__":
    root = Path(sys.argv[1])
    os.chdir(root)
    idle = float(sys.argv[3]) if len(sys.argv) > 3 else None
    slots = int(sys.argv[2])
    celery_app.VISIBILITY_SECONDS = int(os.environ.get("STAND_VISIBILITY", celery_app.VISIBILITY_SECONDS))
    settings = read_settings(root, os.environ)
    sys.exit(worker_main(settings, root, execute, concurrency=slots, idle_exit=idle, schedules=schedules))
