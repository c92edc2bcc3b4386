"""Being told to stop: SIGTERM ends a command as Ctrl-C does, and what it started ends with it."""

import signal
from types import FrameType

AGAIN_SECONDS = 1.0


def heed() -> None:
    """From now on SIGTERM and SIGINT raise KeyboardInterrupt wherever the command is."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, _interrupt)


def heard() -> None:
    """The command is on its way out: it is not told again, so that it can stop its server in peace."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Raised within a library's callback or a destructor it would be lost, so it is raised again until it is heard.
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise KeyboardInterrupt
