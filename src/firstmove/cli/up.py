"""`firstmove up`: the database, the pages and a worker, until Ctrl-C or SIGTERM."""

import argparse
import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from firstmove.kernel import home as homes

RESTART_AFTER_SECONDS = 2.0
GRACE_SECONDS = 15.0
LOCK = "up.lock"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="load the demo network first if the data folder is empty")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--host", default=os.environ.get("FIRSTMOVE_HOST", "127.0.0.1"))


def run(options: argparse.Namespace) -> int:
    """Raises HomeError where an `up` serves this data folder already, or the port is taken."""
    from firstmove.cli import demo, static
    from firstmove.cli.console import console
    from firstmove.cli.database import ready

    with alone(homes.path()), ready():
        require_free(options.host, options.port)
        from firstmove.domains.network import queries as network

        static.collect()
        if options.demo and demo.is_wanted():
            demo.load()
        if not network.is_initialised():
            console.print("This data folder is empty. Fill it with: firstmove demo, or firstmove intake FOLDER")
        console.print(f"firstmove is ready on http://localhost:{options.port}")
        demo.print_logins()
        console.print("Stop with Ctrl-C.")
        return _supervise(
            {
                "pages": [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi", "firstmove.config.wsgi:application"),
                    *("--host", options.host, "--port", str(options.port), "--no-ws", "--log-level", "warning"),
                    *("--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers"),
                ],
                "worker": [sys.executable, "-m", "firstmove", "worker"],
            }
        )


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """The data folder is served by nobody else. The lock is the process's: it ends with it, whatever ends it."""
    with (homes.ensure(home) / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise homes.HomeError(
                f"{home} is in use by another firstmove up or restore (process {lock.read().strip() or 'unknown'}). "
                "Stop that one first, or set FIRSTMOVE_HOME to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def is_running(home: Path) -> bool:
    """Whether an `up` (or a restore) has the data folder to itself now."""
    try:
        with (home / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def require_free(host: str, port: int) -> None:
    """Raises HomeError where nobody can listen on the port, before anything is started that would try for ever."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error})"
        raise homes.HomeError(f"Port {port} on {host} {reason}. Choose another: PORT=8001 firstmove up") from error


def _supervise(programs: dict[str, list[str]]) -> int:
    """Run programs side by side, start again what falls over, and end all of them together."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in programs.items():
            running[name] = _start(command)
        while not stop.wait(0.5):
            for name, process in running.items():
                if process.poll() is not None:
                    print(f"firstmove up: {name} ended with {process.returncode}, starting it again", file=sys.stderr)
                    if stop.wait(RESTART_AFTER_SECONDS):
                        break
                    _end([process])
                    running[name] = _start(programs[name])
    finally:
        _end(list(running.values()))
    return 0


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    # A group of its own: Ctrl-C reaches this process alone, which then ends the others in good order.
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509


def _die_with_parent() -> None:
    """On Linux, a child is told to stop even when this process is killed and can tell nobody."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _end(processes: "list[subprocess.Popen[bytes]]") -> None:
    """Ask each to stop, wait a while, then end what is left of its group: a killed server's own children too."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0.1))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
