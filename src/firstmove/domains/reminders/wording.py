"""How a message reads. Its words and addresses belong to the pages, which hand themselves in when the application
starts: whoever sends a message knows no page, and the API answers with the same sentences as the inbox."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from firstmove.kernel.tenancy import Kind


@dataclass(frozen=True)
class Said:
    """What a message is made of, beside the language that is active. `kind` is its reader's party."""

    topic: str
    facts: dict[str, Any]
    kind: Kind
    currency: str
    at: dt.datetime


@dataclass(frozen=True)
class Words:
    """`path` is the page that it is about, of this installation; empty where there is none."""

    title: str
    lines: tuple[str, ...]
    path: str

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True)
class Letter:
    """`path` is the page of its one message, or the inbox of a digest's reader; empty where there is none."""

    subject: str
    text: str
    html: str
    path: str


@dataclass(frozen=True)
class Reader:
    """For whom a letter is: a name, the party's name (`place`), and where the pages begin (empty: not known)."""

    user_id: int
    name: str
    place: str
    origin: str


@dataclass(frozen=True)
class _Speaker:
    words: Callable[[Said], Words]
    letter: Callable[[Sequence[Said], Reader], Letter]


_speakers: list[_Speaker] = []


def speak_by(*, words: Callable[[Said], Words], letter: Callable[[Sequence[Said], Reader], Letter]) -> None:
    """Word messages by these functions, in the language that is active; letters of several are digests."""
    _speakers[:] = [_Speaker(words, letter)]


def words_of(said: Said) -> Words:
    return _speakers[0].words(said)


def letter_of(said: Sequence[Said], reader: Reader) -> Letter:
    return _speakers[0].letter(said, reader)
