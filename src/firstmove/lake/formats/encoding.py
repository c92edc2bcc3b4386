"""Which encoding a text file has: UTF-8 (with or without BOM) or GB18030, with a bound on how wrong it may be."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from firstmove.lake.contract import FeedError

_BLOCK = 8 << 20
_AROUND = 1 << 20
_HIGH = re.compile(rb"[\x80-\xff]")
# The two bytes of a Chinese character of GB2312, which ordinary Chinese text consists of.
_GB2312 = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A text encoding, the number of bytes of its byte order mark, and whether every byte of the file fits it."""

    name: str
    skip: int = 0
    clean: bool = True

    def decode(self, data: bytes) -> str:
        """Decode; what cannot be decoded becomes U+FFFD, which the contract refuses cell by cell."""
        return data.decode(self.name, "replace")

    def utf8(self, data: bytes) -> bytes:
        """Return `data` as valid UTF-8."""
        return data if self.name == "utf-8" and self.clean else self.decode(data).encode()


def encoding_of(path: Path) -> Encoding:
    """Find the encoding of a text file.

    A file that is UTF-8 or GB18030 but for a few bytes is taken, and the damaged rows are set aside later. Raises
    FeedError `unknown_encoding` for anything else, such as UTF-16, Latin-1 or a binary file.
    """
    with path.open("rb") as file:
        start = file.read(4)
        skip = 3 if start.startswith(codecs.BOM_UTF8) else 0
        file.seek(skip)
        wrong_at = _first_wrong_byte(file, skip)
        if wrong_at is None:
            return Encoding(name="utf-8", skip=skip)
        file.seek(max(skip, wrong_at - _AROUND))
        sample = file.read(2 * _AROUND)
    if b"\0" not in sample:
        text = sample.decode("utf-8", "replace")
        damaged = text.count("\ufffd")
        if sum(character > "\x7f" for character in text) > 4 * damaged or skip:
            return Encoding(name="utf-8", skip=skip, clean=False)
        if 2 * len(_GB2312.findall(sample)) > len(_HIGH.findall(sample)) / 2:
            return Encoding(name="gb18030", clean=False)
    raise FeedError(
        "unknown_encoding",
        f"{path.name}: the text is neither UTF-8 nor GB18030 (byte {wrong_at + 1:,} does not fit). "
        "Save the file as 'CSV UTF-8' and send it again.",
    )


def _first_wrong_byte(file: BinaryIO, position: int) -> int | None:
    """Return where a file stops being UTF-8 text, or None. A zero byte is no text: UTF-16 is full of them."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    while data := file.read(_BLOCK):
        zero = data.find(b"\0")
        if zero >= 0:
            return position + zero
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(data)
        except UnicodeDecodeError as error:
            return position - held + error.start
        position += len(data)
    held = len(decoder.getstate()[0])
    return position - held if held else None
