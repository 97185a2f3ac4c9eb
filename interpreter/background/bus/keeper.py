"""The embedded server's keeper: starts it, starts it again if it dies, stops it when its last user has gone.

Run as a program of its own, with the standard library only: ``keeper.py USERS LOCK SOCKET SERVER ARGUMENT…``.
The server inherits the descriptor of LOCK, so that the lock is held exactly as long as a server lives, whoever
started it; USERS is locked, shared, by every user, so that getting it alone means that nobody is left.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time

SHORT_LIFE = 1.0
"""Seconds; a server that lives less is not started again at once."""

servers: list[int] = []
"""Process ids of those that this keeper started; the last one may live."""


def main(users: str, lock: str, path: str, server: list[str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    stopping = threading.Event()
    threading.Thread(target=stop_after_the_last_user, args=(users, lock, path, stopping), daemon=True).start()
    while True:
        began = time.monotonic()
        keep_one_alive(lock, path, server, stopping)
        if time.monotonic() - began < SHORT_LIFE:
            time.sleep(SHORT_LIFE)


def keep_one_alive(lock: str, path: str, server: list[str], stopping: threading.Event) -> None:
    """Start the server once no other lives, and come back when it has ended."""
    held = locked(lock)
    if stopping.is_set():
        os.close(held)
        threading.Event().wait()
    if os.path.exists(path):
        os.unlink(path)
    started = subprocess.Popen(server, stdin=subprocess.DEVNULL, pass_fds=(held,), start_new_session=True)
    servers.append(started.pid)
    os.close(held)
    os.close(locked(lock))


def stop_after_the_last_user(users: str, lock: str, path: str, stopping: threading.Event) -> None:
    """Wait for the users' lock; while this is held, no new user comes in."""
    locked(users)
    stopping.set()
    while not gone(lock):
        shut_down(path)
        time.sleep(0.005)
    if not os.path.exists(lock) and servers:  # the folder was deleted: nothing can be asked or saved any more
        end(servers[-1])
    os._exit(0)


def end(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)


def shut_down(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        try:
            client.connect(path)
            client.sendall(b"SHUTDOWN\r\n")
            client.recv(64)
        except OSError:
            pass  # not listening yet, or no longer


def locked(path: str) -> int:
    """The descriptor of a file that is locked by it; waits for the lock."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def gone(lock: str) -> bool:
    """Whether no server holds the lock, or the lock itself is no more."""
    try:
        held = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
