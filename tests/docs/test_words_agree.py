"""One word, one meaning: the glossary, the pages and the messages call a thing alike."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "src" / "firstmove" / "portals" / "design" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def _terms() -> dict[str, set[str]]:
    """English terms of the glossary and their Chinese; the first Chinese word is the one to use."""
    rows = re.findall(
        r"^\| \*\*(.+?)\*\* \| (.+?) \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE
    )
    return {english.casefold(): {word.strip() for word in re.split("[/、]", chinese)} for english, chinese in rows}


def test_a_word_of_the_pages_has_the_chinese_of_the_glossary():
    terms = _terms()
    with PO.open("rb") as file:
        messages = {
            str(message.id).casefold(): message.string for message in read_po(file) if isinstance(message.id, str)
        }
    shared = terms.keys() & messages.keys()
    assert len(shared) >= 10
    differing = {term: messages[term] for term in shared if messages[term] and messages[term] not in terms[term]}
    assert not differing, f"the catalogue says {differing}, the glossary { ({t: terms[t] for t in differing}) }"


def test_no_term_is_explained_twice():
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    assert len(terms) == len({term.casefold() for term in terms})
