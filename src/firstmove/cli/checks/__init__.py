"""What `firstmove doctor` looks at: each check is a function that yields findings and changes nothing."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was looked at and found. `todo` says what to do where something is wrong; a note is neither good nor bad."""

    what: str
    state: Literal["good", "wrong", "note"]
    says: str
    todo: str = ""


def good(what: str, says: str) -> Finding:
    return Finding(what, "good", says)


def note(what: str, says: str) -> Finding:
    return Finding(what, "note", says)


def wrong(what: str, says: str, todo: str) -> Finding:
    return Finding(what, "wrong", says, todo)
