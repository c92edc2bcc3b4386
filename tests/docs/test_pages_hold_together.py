"""A reader who follows a link arrives, and a decision names checks that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
SECTIONS = ("## Context", "## Decision", "## Consequences", "## Enforced by")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_link_leads_somewhere(page):
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _hash, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), f"{_name(page)} links to {target}, which is not there"
        if anchor:
            assert anchor in _anchors(found.read_text(encoding="utf-8")), f"{_name(page)}: no heading for {target}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_file_that_is_named_exists(page):
    """Paths in code spans; a path under src/firstmove may be written from there."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for path in re.findall(r"`((?:src|tests|tools|docs|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), f"{_name(page)} names {path}, which is not there"


@pytest.mark.parametrize("record", DECISIONS, ids=_name)
def test_a_decision_is_half_a_page_and_names_what_enforces_it(record):
    text = record.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert len(text.split()) <= 420, "a record is half a page"
    enforced = text.split("## Enforced by")[1]
    assert re.search(r"`[^`]+`", enforced), "name the test, lint or constraint"
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", enforced):
        assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (
            f"{_name(record)} names {file}::{test}, which does not exist"
        )


def test_a_picture_is_small_and_some_page_shows_it():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 300_000, f"{picture.name} is too large for a repository"
        assert f"images/{picture.name}" in shown, f"no page shows {picture.name}"


def test_decisions_are_numbered_without_gaps_and_listed():
    numbers = [int(record.name[:4]) for record in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert all(f"({record.name})" in listed for record in DECISIONS)


def test_both_languages_of_a_page_have_the_same_sections():
    for chinese in [page for page in PAGES if page.name.endswith(".zh-CN.md")]:
        english = chinese.with_name(chinese.name.replace(".zh-CN.md", ".md"))
        counts = [
            [len(heading) for heading in re.findall(r"^(#+) ", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)]
            for page in (english, chinese)
        ]
        assert counts[0] == counts[1], f"{_name(chinese)} has other sections than {_name(english)}"
