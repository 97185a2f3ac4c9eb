"""An end is told to its callback_url: signed, again until it is heard, never where it must not go, never forgotten."""

from __future__ import annotations

import base64
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from interpreter.diagnostic import Fault

from .conftest import Place, until
from .receiver import CERTIFICATE, Received, Receiver, receiving

OLD, NEW = ("whsec_" + base64.b64encode(bytes([number]) * 24).decode() for number in (1, 2))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def configure(place: Place, **settings: object) -> None:
    """Settings for callbacks, for an engine that is made anew and the workers to come."""
    given = {"callback_hosts": ["localhost"], "callback_secrets": [NEW], "callback_retries": [0.05, 0.05], **settings}
    with (place.root / "interpreter.toml").open("a") as file:
        file.writelines(f"{name} = {value!r}\n".replace("'", '"') for name, value in given.items())
    place.engine.close()
    place.engine = place.new_engine()


def deliveries(place: Place, state: str | None = None) -> list[dict]:
    """The records of all deliveries, the oldest first."""
    found = [each for each in place.engine.newest(state=state) if each["kind"] == "callback"]
    return found[::-1]


def ended_delivery(place: Place) -> dict:
    until(lambda: [each["status"] for each in deliveries(place)] in (["error"], ["completed"]))
    return deliveries(place)[0]


def test_an_end_is_told_signed(place: Place, receiver: Receiver) -> None:
    configure(place, callback_secrets=[NEW, OLD])
    place.start_worker()
    record = place.run("echo", {"a": "ü"}, callback_url=receiver.url + "?for=me")
    delivery = ended_delivery(place)
    (received,) = receiver.received
    assert received.path == "/hook?for=me"
    assert received.headers["content-type"] == "application/json"
    assert received.event == {"type": "execution.completed", "timestamp": record["completed_at"], **record}
    assert received.is_signed_by(NEW)
    assert received.is_signed_by(OLD)
    assert (delivery["state"], delivery["function_name"], delivery["output"]["status"]) == (
        "completed",
        "callback",
        204,
    )


@pytest.mark.parametrize("how", ["fail", "swallow", "cancelled while queued", "cancelled while running"])
def test_every_kind_of_end_is_told(place: Place, receiver: Receiver, how: str) -> None:
    configure(place)
    options = {"callback_url": receiver.url}
    if how == "cancelled while queued":
        record = place.engine.cancel([place.dispatch("echo", **options)])[0]
        place.start_worker(1)
    elif how == "cancelled while running":
        place.start_worker(1)
        held = place.dispatch("hold", **options)
        until(place.witnessed)
        record = place.engine.cancel([held])[0]
    else:
        place.start_worker(1)
        record = place.run(how, resource_limits={"max_execution_time": 0.3}, **options)
    assert ended_delivery(place)["state"] == "completed"
    (received,) = receiver.received
    assert received.event["execution_id"] == record["execution_id"]
    assert received.event["type"] == f"execution.{record['state']}"
    assert record["status"] == "error"


def test_a_timeout_is_kept_back_where_that_is_asked(embedded: Place, receiver: Receiver) -> None:
    configure(embedded)
    embedded.start_worker(1)
    limits = {"max_execution_time": 0.2}
    quiet = {"notify_callback": False}
    embedded.run("swallow", callback_url=receiver.url, resource_limits=limits, timeout_handling=quiet)
    embedded.run("echo", callback_url=receiver.url, timeout_handling=quiet)
    ended_delivery(embedded)
    assert [each.event["state"] for each in receiver.received] == ["completed"]


def test_what_is_not_heard_is_told_again_under_the_same_id(place: Place, receiver: Receiver) -> None:
    configure(place)
    receiver.replies(500, 429, 200)
    place.start_worker()
    place.run("echo", callback_url=receiver.url)
    assert ended_delivery(place)["attempt"] == 3
    assert len({each.id for each in receiver.received}) == 1
    assert len({each.raw for each in receiver.received}) == 1
    assert all(each.is_signed_by(NEW) for each in receiver.received)


@pytest.mark.parametrize(("reply", "attempts"), [(500, 3), (410, 1), ((307, {"location": "/elsewhere"}), 3)])
def test_what_is_never_heard_is_given_up_and_kept(
    embedded: Place, receiver: Receiver, reply: object, attempts: int
) -> None:
    configure(embedded)
    receiver.replies(reply)
    embedded.start_worker()
    assert embedded.run("echo", callback_url=receiver.url)["state"] == "completed"
    delivery = ended_delivery(embedded)
    assert (delivery["state"], delivery["error"]) == ("error", "background/callback-failed")
    assert delivery["attempt"] == attempts == len(receiver.received)
    assert {each.path for each in receiver.received} == {"/hook"}
    status = reply[0] if isinstance(reply, tuple) else reply
    assert delivery["error_details"]["status"] == status
    assert f"localhost:{receiver.url.split(':')[2].split('/')[0]} answered {status}" in delivery["error_message"]


def test_what_was_given_up_is_told_again_by_hand(place: Place, receiver: Receiver) -> None:
    configure(place, callback_retries=[])
    receiver.replies(500, 500, 200)
    place.start_worker()
    place.run("echo", callback_url=receiver.url)
    for state in ("error", "completed"):
        delivery = ended_delivery(place)
        place.engine.retry(delivery["execution_id"])
        assert ended_delivery(place)["state"] == state
    assert len({each.id for each in receiver.received}) == 1
    assert len(receiver.received) == 3


def test_a_receiver_says_when_to_come_again(embedded: Place, receiver: Receiver) -> None:
    configure(embedded)
    receiver.replies((503, {"retry-after": "3600"}))
    embedded.start_worker()
    embedded.run("echo", callback_url=receiver.url)
    until(lambda: deliveries(embedded, "retrying"))
    ((wait,),) = embedded.engine.records.database.run(
        "SELECT t.due - e.claimed_at FROM _timers t JOIN _executions e ON e.id=t.id"
    )
    assert 3590 < wait < 3700


def test_nobody_listens(embedded: Place) -> None:
    configure(embedded)
    embedded.start_worker()
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        embedded.run("echo", callback_url=f"http://localhost:{bound.getsockname()[1]}/")
        delivery = ended_delivery(embedded)
    assert (delivery["state"], delivery["attempt"]) == ("error", 3)
    assert "could not be reached" in delivery["error_message"]
    assert "refused" in delivery["error_message"].lower()


def test_who_takes_long_holds_a_slot_for_a_short_time_only(embedded: Place) -> None:
    """The second delivery to a silent host is not even tried in the next moments."""
    configure(embedded, callback_timeout=0.3, callback_retries=[])
    embedded.start_worker(1)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://localhost:{silent.getsockname()[1]}/"
        for _ in range(2):
            embedded.run("echo", callback_url=url)
        until(lambda: len(deliveries(embedded, "error")) == 2)
    first, second = deliveries(embedded)
    assert "did not answer within 0.3 seconds" in first["error_message"]
    assert "was not asked again" in second["error_message"]


def test_a_worker_killed_between_end_and_delivery_changes_nothing(place: Place, receiver: Receiver) -> None:
    """Killed in the middle of the request: another worker makes it again, under the same id."""
    configure(place)
    worker = place.start_worker(1)
    killed: list[int] = []

    def answer(_: Received) -> tuple[int, dict[str, str]]:
        if not killed:
            killed.append(worker.pid)
            os.killpg(worker.pid, signal.SIGKILL)
        return 200, {}

    receiver.answer = answer
    record = place.run("echo", callback_url=receiver.url)
    until(lambda: worker.poll() is not None)
    place.start_worker(1)
    assert ended_delivery(place)["state"] == "completed"
    assert {each.event["execution_id"] for each in receiver.received} == {record["execution_id"]}
    assert len({each.id for each in receiver.received}) == 1


def test_a_host_that_must_not_be_called_is_refused_at_the_dispatch(embedded: Place) -> None:
    configure(embedded, callback_hosts=["*.example.com"])
    for url in ("http://localhost/", "https://example.org/", "ftp://a.example.com/", "http://me:it@a.example.com/", 7):
        with pytest.raises(Fault) as refused:
            embedded.dispatch("echo", callback_url=url)
        assert refused.value.code == "background/bad-callback"
    assert embedded.engine.newest() == []
    embedded.dispatch("echo", callback_url="https://a.example.com/x")


def test_a_name_that_turns_out_to_be_private_is_not_called(embedded: Place, receiver: Receiver) -> None:
    """What the name stands for is known at the delivery only; the record of it says so."""
    configure(embedded, callback_hosts=["*"])
    name = socket.gethostname()
    if socket.gethostbyname(name).startswith("127.") is False:
        name = "ip6-localhost"
    try:
        socket.getaddrinfo(name, 80)
    except OSError:
        pytest.skip("this machine has no second name for itself")
    embedded.start_worker(1)
    embedded.run("echo", callback_url=receiver.url.replace("localhost", name))
    delivery = ended_delivery(embedded)
    assert (delivery["error"], delivery["attempt"]) == ("background/bad-callback", 1)
    assert "not public" in delivery["error_message"]
    assert receiver.received == []


def test_a_certificate_is_held_against_the_name_although_the_address_is_called(
    embedded: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(embedded, callback_hosts=["localhost", "127.0.0.1"], callback_retries=[])
    with receiving(tls=True) as receiver:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        embedded.start_worker(1)
        embedded.run("echo", callback_url=receiver.url)
        assert ended_delivery(embedded)["state"] == "completed"
        other = embedded.run("echo", callback_url=receiver.url.replace("localhost", "127.0.0.1"))
        (refused,) = until(lambda: deliveries(embedded, "error"))
        assert "doesn't match 'localhost'" in refused["error_message"]
        assert other["execution_id"] not in {each.event["execution_id"] for each in receiver.received}


def test_a_certificate_that_nobody_trusts(embedded: Place) -> None:
    configure(embedded, callback_retries=[])
    with receiving(tls=True) as receiver:
        embedded.start_worker(1)
        embedded.run("echo", callback_url=receiver.url)
        assert "certificate" in ended_delivery(embedded)["error_message"].lower()
        assert receiver.received == []


def test_the_cancel_of_a_family_leaves_its_callback_alone(embedded: Place, receiver: Receiver) -> None:
    """The delivery is a child of the execution that it tells of, and is not ended with the others."""
    configure(embedded)
    parent = embedded.dispatch("fan", {"function": "hold", "n": 2}, callback_url=receiver.url)
    embedded.start_worker(2)
    until(lambda: len(embedded.witnessed()) == 2)
    embedded.engine.cancel([parent])
    assert ended_delivery(embedded)["state"] == "completed"
    assert [each.event["state"] for each in receiver.received] == ["cancelled"]
    assert {each["state"] for each in embedded.engine.newest(function="hold")} == {"cancelled"}
