"""The page of feeds is written from the contracts: what it says of a file is what happens to the file."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "tools" / "feeds_doc.py"))


def test_the_page_is_the_one_that_the_contracts_give(tool):
    assert (ROOT / "docs" / "guide" / "feeds.md").read_text(encoding="utf-8") == tool["page"](), (
        "run python tools/feeds_doc.py"
    )


def test_every_reason_for_setting_a_row_aside_is_shown(tool):
    from firstmove.domains.intake import words

    assert tool["BROKEN"].keys() == words._ROW.keys()


def test_no_meaning_is_kept_of_a_column_that_is_gone(tool):
    from firstmove.lake.feeds import FEEDS

    columns = {f"{feed.name}.{column.name}" for feed in FEEDS.values() for column in feed.columns}
    names = {column.name for feed in FEEDS.values() for column in feed.columns}
    assert tool["MEANING"].keys() <= columns | names
