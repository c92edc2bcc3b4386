"""Being told to stop: SIGTERM ends a command as Ctrl-C does, and what it started ends with it."""

import signal
from types import FrameType

AGAIN_SECONDS = 1.0


def heed() -> None:
    """From now on SIGTERM and SIGINT raise KeyboardInterrupt wherever the command is."""
    global _told  # noqa: PLW0603 (a signal is the process's)
    _told = False
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, _interrupt)


_told = False


def was_told() -> bool:
    """Whether a signal came: a library in Rust turns the interrupt into a panic of its own."""
    return _told


def heard() -> None:
    """The command is on its way out: it is not told again, so that it can stop its server in peace."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Raised within a library's callback or a destructor it would be lost, so it is raised again until it is heard.
    global _told  # noqa: PLW0603 (a signal is the process's)
    _told = True
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise KeyboardInterrupt
