"""Cells as people write them, turned into text, numbers and dates: vectorised, with a patient path for the odd ones.

Each function takes a column and returns the values and a mask of the cells that hold something which is not a value.
"""

import polars as pl

_NOTHING = ["", "-", "--", "null", "none", "nan", "n/a", "na", "#n/a", "无", "空"]
_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$"
_DATE = r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?$"


def to_text(series: pl.Series, *, code: bool) -> pl.Series:
    """Return trimmed text; blank becomes null. A `code` also loses full width, so that "Ａ１" and "A1" are one.

    Whole floats lose their ".0": a spreadsheet or data frame made them from codes.
    """
    if series.dtype.is_float():
        whole = (series == series.round(0)) & (series.abs() < 2**53)
        text = pl.select(
            pl.when(whole)
            .then(series.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(series.fill_nan(None).cast(pl.String))
        ).to_series()
    else:
        text = series.cast(pl.String, strict=False)
    text = text.str.strip_chars()
    if (text.str.len_bytes() == 0).any():
        text = _where(text.str.len_bytes() == 0, None, text)
    if code and (wide := text.str.contains(r"[\u{FF01}-\u{FF5E}\u{3000}]").fill_null(value=False)).any():
        text = _where(wide, text.str.normalize("NFKC").str.strip_chars(), text)
    return text


def to_number(series: pl.Series, *, share: bool = False) -> tuple[pl.Series, pl.Series]:
    """Return float64 values and the mask of what is no number.

    Understood beside plain numbers: "1,234.50", full-width digits, a ¥, ￥, $, € or £ in front, (12) for -12, and for
    shares "15%". "12,5" is not guessed at.
    """
    if series.dtype.is_numeric():
        values = series.cast(pl.Float64)
        wrong = (values.is_infinite()).fill_null(value=False)
        return values.fill_nan(None), wrong
    text = series.cast(pl.String, strict=False).str.strip_chars()
    values = text.cast(pl.Float64, strict=False)
    values = _where(values.is_finite(), values, None)
    left = text.is_not_null() & values.is_null()
    if not left.any():
        return values, left
    odd = text.filter(left).str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    odd = odd.str.replace_all(r"\s", "").str.replace(r"^\((.+)\)$", "-$1").str.replace(r"^([-+]?)[¥$€£]", "$1")
    nothing = odd.is_in(_NOTHING)
    percent = odd.str.ends_with("%") if share else pl.repeat(value=False, n=odd.len(), eager=True)
    odd = _where(percent, odd.str.strip_suffix("%"), odd)
    grouped = odd.str.contains(_GROUPED)
    found = _where(grouped, odd.str.replace_all(",", "", literal=True), odd).cast(pl.Float64, strict=False)
    found = _where(found.is_finite(), _where(percent, found / 100, found), None)
    return _filled(values, left, found), _filled(left, left, found.is_null() & ~nothing)


def to_whole(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return int64 values and the mask of what is no whole number."""
    numbers, wrong = to_number(series)
    wrong |= (numbers != numbers.round(0)).fill_null(value=False) | (numbers.abs() >= 2**53).fill_null(value=False)
    return _where(wrong, None, numbers).cast(pl.Int64), wrong


def to_date(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return dates and the mask of what is none.

    Understood: 2024-01-31, 2024/1/31, 2024.1.31, 20240131, 2024年1月31日, each also with a time behind it. Day and
    month before the year are refused, because 01/02/2024 is two different days.
    """
    if series.dtype == pl.Date:
        return series, pl.repeat(value=False, n=series.len(), eager=True)
    if series.dtype == pl.Datetime:
        return series.dt.date(), pl.repeat(value=False, n=series.len(), eager=True)
    text = series.cast(pl.String, strict=False).str.strip_chars()
    exact = _where(text.str.len_bytes() == 10, text, None)
    values = exact.str.to_date("%Y-%m-%d", strict=False)
    left = text.is_not_null() & values.is_null()
    if not left.any():
        return values, left
    odd = text.filter(left).str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    nothing = odd.is_in(_NOTHING)
    compact = odd.str.contains(r"^\d{8}(\.0)?$")
    dashed = odd.str.replace(r"^(\d{4})(\d{2})(\d{2})(?:\.0)?$", "$1-$2-$3")
    parts = (
        _where(compact, dashed, odd)
        .str.to_uppercase()
        .str.replace_all(r"\s*([年月日])\s*", "$1")
        .str.extract_groups(_DATE)
    )
    year, month, day = (parts.struct.field(str(group)).cast(pl.Int32, strict=False) for group in (1, 2, 3))
    iso = pl.select(
        pl.format("{}-{}-{}", year, month.cast(pl.String).str.zfill(2), day.cast(pl.String).str.zfill(2))
    ).to_series()
    found = iso.str.to_date("%Y-%m-%d", strict=False)
    return _filled(values, left, found), _filled(left, left, found.is_null() & ~nothing)


def _where(mask: pl.Series, yes: pl.Series | None, no: pl.Series | None) -> pl.Series:
    return pl.select(pl.when(mask).then(yes).otherwise(no).alias(mask.name)).to_series()


def _filled(series: pl.Series, mask: pl.Series, found: pl.Series) -> pl.Series:
    """Return `series` with the masked cells replaced by `found`, in order."""
    return series.scatter(mask.arg_true(), found)
