"""Translations without GNU gettext: collect the texts of src/firstmove, compile them, or check that none is missing.

    python tools/messages.py              # bring django.po up to date: new texts in, dropped texts out, sorted
    python tools/messages.py --compile    # write django.mo, which Django reads (not in git)
    python tools/messages.py --check      # fail, with a list, on anything that a reader would see untranslated

The source language is English, so English needs no catalogue. Texts come from Python (`gettext` and its family, `_`)
and from templates, which Django itself turns into Python calls.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.conf import settings
from django.template.exceptions import TemplateSyntaxError
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "firstmove"
PO = SOURCE / "portals" / "design" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# A text and the context that sets it apart, or None.
Key = tuple[str | tuple[str, ...], str | None]
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|(?<!\{)\{(\w+)(?:[:!][^{}]*)?\}(?!\})")


class MessagesError(Exception):
    """The texts could not be collected; the message says where and why."""


def _keywords(module: str) -> dict[str, tuple[int | tuple[int, str], ...] | None]:
    """The translating functions, also under the short names that this module gave them."""
    known = dict(KEYWORDS)
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            known.update(
                {alias.asname: KEYWORDS[alias.name] for alias in node.names if alias.asname and alias.name in KEYWORDS}
            )
    return known


def _flush_left(module: str) -> str:
    """What Django makes of a template keeps the template's indentation, which Python would take for blocks."""
    return "\n".join(line.lstrip() for line in module.splitlines())


def collected() -> dict[Key, Path]:
    """Every text and the first file that has it."""
    if not settings.configured:
        settings.configure()
    found: dict[Key, Path] = {}
    templates = (path for path in SOURCE.rglob("templates/**/*") if path.suffix in {".html", ".txt"})
    for path in [*sorted(SOURCE.rglob("*.py")), *sorted(templates)]:
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(ROOT)
        try:
            module = text if path.suffix == ".py" else _flush_left(templatize(text, origin=str(place)))
            keywords = _keywords(module) if path.suffix == ".py" else KEYWORDS
            for _line, message, _comments, context in extract("python", io.BytesIO(module.encode()), keywords):
                key = message if isinstance(message, str) else tuple(message)
                if any(key):
                    found.setdefault((key, context), path)
        except (SyntaxError, TemplateSyntaxError) as error:
            raise MessagesError(f"{place}: its texts cannot be read: {error}") from error
    # A text that is also the singular of a plural is found through it.
    counted = {(key[0], context) for key, context in found if not isinstance(key, str)}
    return {key: path for key, path in found.items() if key not in counted}


def stored() -> Catalog:
    if not PO.exists():
        return Catalog(locale="zh_Hans", project="firstmove", charset="utf-8")
    try:
        with PO.open("rb") as file:
            return read_po(file, locale="zh_Hans", abort_invalid=True)
    except PoFileError as error:
        raise MessagesError(f"{PO.relative_to(ROOT)}: {error}") from error


def updated(catalog: Catalog, found: dict[Key, Path]) -> Catalog:
    """A catalogue of exactly the texts found, with the translations that there are."""
    fresh = Catalog(
        locale="zh_Hans",
        project="firstmove",
        charset="utf-8",
        header_comment="# The Chinese of firstmove. Kept by tools/messages.py; translate here.",
        fuzzy=False,
    )
    for key, context in found:
        singular = key if isinstance(key, str) else key[0]
        old = catalog.get(singular, context)
        kept = (
            old.string if old is not None and (old.id == key or isinstance(old.id, str) == isinstance(key, str)) else ""
        )
        fresh.add(key, kept or ("" if isinstance(key, str) else ("",)), context=context)
    return fresh


def written(catalog: Catalog) -> bytes:
    """The .po as bytes: sorted, without line numbers and dates, so that a change shows only what changed."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, no_location=True, sort_output=True, omit_header=False)
    kept = [
        line
        for line in buffer.getvalue().splitlines()
        if not re.match(
            rb'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-)', line
        )
    ]
    return b"\n".join(kept).rstrip() + b"\n"


def replace_file(path: Path, content: bytes) -> None:
    """Written aside and moved in, so that nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(path)


def compile_catalogue() -> None:
    buffer = io.BytesIO()
    write_mo(buffer, stored())
    replace_file(MO, buffer.getvalue())


def _placeholders(text: str) -> set[str]:
    return {one or two for one, two in PLACEHOLDER.findall(text)}


def _faults_of(message: Message) -> Iterator[str]:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    shown = f"“{ids[0]}”"
    if not strings or not all(strings):
        yield f"not translated: {shown}"
        return
    if message.fuzzy:
        yield f"marked fuzzy, so it is not used: {shown}"
    # The plural carries all placeholders; a singular may spell its number out.
    wanted = _placeholders(ids[-1])
    for text in strings:
        has = _placeholders(text)
        if has != wanted:
            yield f"placeholders differ in the translation of {shown}: {sorted(wanted)} against {sorted(has)}"


def faults(catalog: Catalog, found: dict[Key, Path]) -> list[str]:
    """Everything that is wrong with the catalogue, in words."""
    known = {(message.id, message.context): message for message in catalog if message.id}
    told = []
    for (key, context), path in found.items():
        message = known.get((key, context))
        text = key if isinstance(key, str) else key[0]
        if message is None:
            told.append(f"missing in django.po: “{text}” ({path.relative_to(ROOT)}); run python tools/messages.py")
        else:
            told.extend(f"{fault} ({path.relative_to(ROOT)})" for fault in _faults_of(message))
    stale = [key for key in known if key not in found]
    told.extend(
        f"no longer used: “{key if isinstance(key, str) else key[0]}”; run python tools/messages.py"
        for key, _context in stale
    )
    return told


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Collect, compile or check the translations.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--compile", action="store_true", help="write django.mo")
    mode.add_argument("--check", action="store_true", help="fail on texts that are missing, stale or wrong")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.compile:
            compile_catalogue()
            return 0
        found = collected()
        if chosen.check:
            told = faults(stored(), found)
            for fault in told:
                print(f"messages: {fault}", file=sys.stderr)
            return 1 if told else 0
        catalog = updated(stored(), found)
        replace_file(PO, written(catalog))
        open_texts = [
            message for message in catalog if message.id and any("not translated" in f for f in _faults_of(message))
        ]
        print(f"messages: {len(found)} texts, {len(open_texts)} still to translate in {PO.relative_to(ROOT)}")
    except MessagesError as error:
        print(f"messages: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
