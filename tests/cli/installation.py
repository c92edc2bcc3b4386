"""An installation of a test's own, used as a person uses it: by commands in processes of their own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from firstmove.kernel import postgres

# What would lead a command of a test to another installation than its own.
_FOREIGN = {"DATABASE_URL", "FIRSTMOVE_LAKE", "PORT", "TZ", "FIRSTMOVE_DEBUG"}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Installation:
    home: Path
    # Beside the data folder: DATABASE_URL for an installation on a server.
    environment: tuple[tuple[str, str], ...] = ()

    @classmethod
    def copied(cls, pattern: Path, home: Path) -> "Installation":
        """One like the pattern (see tests/patterns.py), whose server must not run."""
        # Not by shutil: the database's files belong to the server's own user where tests run as root.
        subprocess.run(["cp", "-Rp", pattern, home], check=True)
        return cls(home)

    def start(self, *words: str, python: str | None = None) -> subprocess.Popen[str]:
        """A command in a group of its own, as a terminal starts it; or Python source with Django's settings."""
        kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        kept |= {"FIRSTMOVE_HOME": str(self.home), "FIRSTMOVE_LANGUAGE": "en", **dict(self.environment)}
        command = ["-m", "firstmove", *words] if python is None else ["-c", python, *words]
        return subprocess.Popen(
            [sys.executable, *command],
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, python: str | None = None) -> Done:
        process = self.start(*words, python=python)
        out, err = process.communicate(timeout=180)
        return Done(process.returncode, out, err)

    def postmaster(self) -> int | None:
        """The process id of the embedded server, None where none runs."""
        try:
            number = int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None
        return number if is_alive(number) else None

    @contextlib.contextmanager
    def up(self, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
        """`firstmove up` that answers, with its port. Killed at the end unless the test ended it."""
        port = free_port()
        process = self.start("up", "--port", str(port), *words)
        try:
            until(lambda: answer(port, "/health/") == "ok\n" or process.poll() is not None)
            assert process.poll() is None, process.communicate()[1]
            yield process, port
        finally:
            family = descendants(process.pid)
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=60)
            until(lambda: not any(map(is_alive, family)))

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """The owner's connection, which sees every row. The server runs as long as it is held, for commands too."""
        with self.server() as logins, logins.owner.connect() as db:
            db.execute("select set_config('app.actor', 'system', false)")
            yield db

    @contextlib.contextmanager
    def server(self) -> Iterator[postgres.Logins]:
        """The embedded server, whatever this test process itself stands on."""
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("DATABASE_URL", raising=False)
            with postgres.running(self.home) as logins:
                yield logins

    def stop(self) -> None:
        """Stop a server that a killed command left behind: its last user does."""
        if (self.home / "postgres").exists():
            with self.server():
                pass


def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look again and again until it holds."""
    end, nothing = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        nothing.wait(0.05)


def answer(port: int, path: str) -> str | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_alive(process_id: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def descendants(process_id: int) -> set[int]:
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in shown.splitlines()]
    found: set[int] = set()
    frontier = {process_id}
    while frontier:
        frontier = {child for child, parent in parents if parent in frontier} - found
        found |= frontier
    return found


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C: the terminal tells the whole group."""
    os.killpg(process.pid, signal.SIGINT)
