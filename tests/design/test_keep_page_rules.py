"""Rules over the files themselves: what the content security policy forbids never reaches a template."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PORTALS = REPOSITORY / "src" / "firstmove" / "portals"
TEMPLATES = sorted(PORTALS.rglob("templates/**/*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a <style> element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on, which needs eval": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a js: expression, which needs eval": re.compile(r"hx-(?:vals|headers)\s*=\s*[\"']js(?:on)?:", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "an address of another server": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(PORTALS)))
def test_a_template_holds_nothing_that_the_browser_would_block(template):
    text = template.read_text(encoding="utf-8")
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found, f"{template.relative_to(REPOSITORY)} has {', '.join(found)}"


def test_scripts_build_no_code_from_text():
    for script in (PORTALS / "design" / "static" / "design").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|\.cssText|insertAdjacentHTML", text), script.name


def test_pages_say_their_words_through_the_catalogue_and_scripts_say_none():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for script in (PORTALS / "design" / "static" / "design").glob("*.js"):
        assert not chinese.search(script.read_text(encoding="utf-8")), script.name
    own = [path for path in TEMPLATES if path.name != "language_switch.html"]  # names each language in itself
    assert [path.name for path in own if chinese.search(path.read_text(encoding="utf-8"))] == []
