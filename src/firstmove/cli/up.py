"""`firstmove up`: the database, the pages and a worker, until Ctrl-C or SIGTERM."""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

RESTART_AFTER_SECONDS = 2.0
GRACE_SECONDS = 15.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="load the demo network first if the data folder is empty")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--host", default=os.environ.get("FIRSTMOVE_HOST", "127.0.0.1"))


def run(options: argparse.Namespace) -> int:
    from firstmove.cli import demo, static
    from firstmove.cli.console import console
    from firstmove.cli.database import ready

    with ready():
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


def _supervise(programs: dict[str, list[str]]) -> int:
    """Run programs side by side, start again what falls over, and end all of them together."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    running = {name: _start(command) for name, command in programs.items()}
    while not stop.wait(0.5):
        for name, process in running.items():
            if process.poll() is not None:
                print(f"firstmove up: {name} ended with {process.returncode}, starting it again", file=sys.stderr)
                if stop.wait(RESTART_AFTER_SECONDS):
                    break
                running[name] = _start(programs[name])
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
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
