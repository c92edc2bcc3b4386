"""Weekdays as files write them, and as they are stored: ISO digits in ascending order, Monday is 1."""

import re

import polars as pl

from firstmove.domains.intake.refusal import Rows

_NAMES = {
    "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7,
}  # fmt: skip
_WORKDAYS, _EVERY_DAY = "12345", "1234567"
_WHOLE = {"工作日": _WORKDAYS, "workdays": _WORKDAYS, "weekdays": _WORKDAYS, "每天": _EVERY_DAY, "daily": _EVERY_DAY}
_FILLING = re.compile(r"[\s,，、;；/|+&和与]+|周|星期|礼拜|and")
_DAY = re.compile(
    r"[1-7一二三四五六日天]|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|"
    r"fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)


def weekdays(text: str) -> str | None:
    """ISO digits of the weekdays that a text names; empty for an empty text, None where it names something else.

    ``weekdays("周一、周四")``, ``weekdays("Mon, Thu")`` and ``weekdays("1,4")`` are ``"14"``.
    """
    said = text.strip().lower()
    if said in _WHOLE:
        return _WHOLE[said]
    rest = _FILLING.sub("", said)
    found = _DAY.findall(rest)
    if "".join(found) != rest:
        return None
    return "".join(sorted({word if word.isdigit() else str(_NAMES[word[:3]]) for word in found}))


def read_weekdays(rows: Rows, *, column: str) -> None:
    """Bring a column to ISO digits; rows that name no weekdays are set aside."""
    texts = rows.good[column].drop_nulls().unique().to_list()
    read = {text: weekdays(text) for text in texts}
    rows.refuse(
        where=pl.col(column).is_in([text for text, days in read.items() if days is None]),
        reason="not_weekdays",
        column=column,
    )
    known = {text: days for text, days in read.items() if days is not None}
    if known:
        rows.good = rows.good.with_columns(pl.col(column).replace_strict(known, default=None, return_dtype=pl.String))
