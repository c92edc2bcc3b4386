"""Files into rows that keep their feed's contract, and rows set aside with the reason."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstmove.lake.contract import Column, Feed, FeedError
from firstmove.lake.feeds import FEEDS, detect
from firstmove.lake.formats import CellFile, open_cells
from firstmove.lake.formats.cells import EXTRA, ROW
from firstmove.lake.values import to_date, to_number, to_text, to_whole

REASONS: dict[str, str] = {
    "missing": "{column} is empty, and every row needs it.",
    "not_a_number": "{column} is '{value}', which is not a number. Write digits, such as 12 or 1,234.50.",
    "not_whole": "{column} is '{value}', which is not a whole number.",
    "not_a_date": "{column} is '{value}', which is no date with a certain year, month and day. Write 2024-01-31.",
    "not_text": "{column} holds bytes that are no text ('{value}'). Save the file as 'CSV UTF-8' again.",
    "in_the_future": "{column} is {value}, which lies after today, but the feed tells the past.",
    "too_small": "{column} is {value}, which is less than allowed ({bound}).",
    "too_large": "{column} is {value}, which is more than allowed ({bound}).",
    "zero": "{column} is 0. Leave the row out, or write what was sold (a return is negative).",
    "out_of_order": "{column} is {value}, which lies before what it must follow ({bound}).",
    "unknown_dealer": "{column} is '{value}', which is no dealer of this network. Load dealers first or correct it.",
    "unknown_supplier": "{column} is '{value}', which is no known supplier. Load suppliers first or correct it.",
    "unknown_kind": "{column} is '{value}', which is none of: {bound}.",
    "too_many_cells": "The row has more cells than the header ('{value}' is the first too many). "
    'Put "quotes" around a text that holds the separator.',
    "duplicate_key": "{column} is '{value}', and a later row of the file has the same key with other content; "
    "that one is used.",
}
"""Why a row is set aside: code → English sentence with {column}, {value} and {bound}."""

VALUE_CHARACTERS = 200
RAW_CHARACTERS = 2_000

BAD_SCHEMA: dict[str, pl.DataType] = {
    ROW: pl.Int64(),
    "reason": pl.String(),
    "column": pl.String(),
    "value": pl.String(),
    "raw": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """Codes of master data that rows may refer to; None leaves a reference unchecked."""

    dealers: frozenset[str] | None = None
    suppliers: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A part of a file.

    `good`: `row` (i64) and the feed's columns with their dtypes; no key comes twice. `bad`: row, reason (a key of
    REASONS), column (canonical, "" for the row as a whole), value (as found, at most 200 characters), raw (JSON of the
    row, at most 2,000 characters). `repeated` counts the rows left out because an identical one follows; so the rows
    of the file, blank ones aside, are `good.height + bad.height + repeated`.
    """

    feed: str
    good: pl.DataFrame
    bad: pl.DataFrame
    repeated: int = 0


def explain(*, feed: str, reason: str, column: str, value: str | None) -> str:
    """Say in an English sentence why a row was set aside.

    >>> explain(feed="products", reason="too_small", column="pack", value="-6")
    'pack is -6, which is less than allowed (1).'
    """
    contract = FEEDS[feed]
    rule = next((each for each in contract.columns if each.name == column), None)
    bound: object = ""
    if rule is not None and reason == "too_small":
        bound = rule.minimum
    elif rule is not None and reason == "too_large":
        bound = rule.maximum
    elif rule is not None and rule.kinds and reason == "unknown_kind":
        bound = ", ".join(sorted(set(rule.kinds.values())))
    elif reason == "out_of_order":
        bound = next((low for low, high in contract.ascending if high == column), "")
    return REASONS[reason].format(column=column, value=value or "", bound=bound)


def feed_of(path: str | Path) -> str:
    """Return the name of the feed that a file holds, without reading it all. Raises FeedError."""
    path = Path(path)
    return _recognised(path, open_cells(path), None)[0].name


def read(
    path: str | Path, *, feed: str | None = None, today: dt.date, known: Known, chunk_rows: int = 250_000
) -> Iterator[Chunk]:
    """Read a file in chunks of at most `chunk_rows` rows; the chunks are the same on every run.

    The header is looked for in the first 20 rows, so a title above it does no harm. Rows are numbered as a person
    counts them: in CSV and XLSX the header of a plain file is row 1, in Parquet the first data row is.

    A key that comes twice in one chunk with other content sets the earlier row aside; across chunks the lake lets the
    later row replace the earlier.

    Raises FeedError at once when the file cannot be taken whole: no_file, unknown_format, empty_file,
    unknown_encoding, broken_file, no_header, missing_column, unknown_feed, ambiguous_feed.
    """
    path = Path(path)
    cells = open_cells(path)
    contract, header_row, header = _recognised(path, cells, feed)
    batches = cells.batches(header_row=header_row, width=len(header), rows=chunk_rows)
    return (_checked(frame, contract, header, lossy=cells.lossy, today=today, known=known) for frame in batches)


def _recognised(path: Path, cells: CellFile, name: str | None) -> tuple[Feed, int, list[str]]:
    """Find the header and the feed; raises FeedError when a required column is missing."""
    if name is not None and name not in FEEDS:
        raise FeedError("unknown_feed", f"'{name}' is no feed. Feeds are {', '.join(FEEDS)}.")
    candidates = [FEEDS[name]] if name else list(FEEDS.values())
    filled = [(number, row) for number, row in cells.preview if any(cell.strip() for cell in row)]
    if not filled:
        raise FeedError("no_header", f"{path.name}: there is no header. Put the column names in the first row.")
    # max() keeps the first of equals: a data row further down never beats the header.
    number, header = max(filled, key=lambda each: max(_fit(feed, each[1]) for feed in candidates))
    while header and not header[-1].strip():
        header = header[:-1]
    contract = FEEDS[name or detect(path, header)]
    matched = contract.match(header)
    missing = [column for column in contract.columns if column.required and column.name not in matched]
    if not matched:
        raise FeedError(
            "no_header",
            f"{path.name}: no row at the top names the columns of {contract.name}. "
            f"Put a header with {', '.join(contract.required)} in the first row.",
        )
    if missing:
        understood = "; ".join(f"{column.name} (or {', '.join(column.aliases[:6])})" for column in missing)
        raise FeedError(
            "missing_column",
            f"{path.name}: row {max(number, 1)} is the header of {contract.name}, but lacks {understood}. "
            f"It has {', '.join(header)}. Add the column or rename the one that is meant.",
            columns=[column.name for column in missing],
        )
    return contract, number, header


def _fit(feed: Feed, header: list[str]) -> tuple[bool, int]:
    matched = feed.match(header)
    return matched.keys() >= set(feed.required), len(matched)


@dataclass(frozen=True)
class _Fault:
    """Rows (mask) that break one rule of one column."""

    reason: str
    column: str
    mask: pl.Series


def _checked(
    frame: pl.DataFrame, contract: Feed, header: list[str], *, lossy: bool, today: dt.date, known: Known
) -> Chunk:
    places = {name: f"c{position}" for name, position in contract.match(header).items()}
    faults: list[_Fault] = []
    if frame[EXTRA].null_count() < frame.height:
        faults.append(_Fault("too_many_cells", EXTRA, frame[EXTRA].is_not_null()))
    columns: dict[str, pl.Series] = {}
    for column in contract.columns:
        if column.name not in places:
            columns[column.name] = pl.Series([column.default], dtype=column.dtype).new_from_index(0, frame.height)
            continue
        values, found = _converted(column, frame[places[column.name]], lossy=lossy)
        columns[column.name] = values
        faults += found
    table = pl.DataFrame([series.alias(name) for name, series in columns.items()])
    for column in contract.columns:
        if column.name in places:
            faults += _broken_rules(column, table, today, known)
    for low, high in contract.ascending:
        faults.append(_Fault("out_of_order", high, (table[high] < table[low]).fill_null(value=False)))
    good = table.insert_column(0, frame[ROW])
    index = pl.Series("fault", [None], dtype=pl.Int16).new_from_index(0, frame.height)
    for number, fault in reversed(list(enumerate(faults))):
        if fault.mask.any():
            index = index.scatter(fault.mask.arg_true(), number)
    kept = index.is_null()
    repeated = 0
    if not kept.all():
        good = good.filter(kept)
    if (again := good.select(contract.key).is_duplicated()).any():
        earlier, same = _superseded(good, contract, again)
        faults.append(_Fault("duplicate_key", contract.key[0], earlier))
        places_of_good = kept.arg_true()
        index = index.scatter(places_of_good.filter(earlier), len(faults) - 1)
        repeated = int(same.sum())
        good = good.filter(~(earlier | same))
    return Chunk(feed=contract.name, good=good, bad=_set_aside(frame, faults, index, places, header), repeated=repeated)


def _converted(column: Column, cells: pl.Series, *, lossy: bool) -> tuple[pl.Series, list[_Fault]]:
    """Turn cells into the column's dtype; what cannot be turned is a fault and null."""
    faults = []
    if (
        lossy
        and cells.dtype == pl.String
        and (lost := cells.str.contains("\ufffd", literal=True).fill_null(value=False)).any()
    ):
        faults.append(_Fault("not_text", column.name, lost))
    if column.dtype == pl.Date:
        values, wrong = to_date(cells)
        reason = "not_a_date"
    elif column.dtype == pl.Int64:
        numbers, unreadable = to_number(cells)
        faults.append(_Fault("not_a_number", column.name, unreadable))
        values, wrong = to_whole(numbers)
        reason = "not_whole"
    elif column.dtype == pl.Float64:
        values, wrong = to_number(cells, share=column.share)
        reason = "not_a_number"
    elif column.kinds is not None:
        words = to_text(cells, code=True).str.to_lowercase()
        values = words.replace_strict(column.kinds, default=None, return_dtype=pl.String)
        wrong = words.is_not_null() & values.is_null()
        values = values.fill_null(column.default) if column.default else values
        reason = "unknown_kind"
    else:
        values, wrong, reason = to_text(cells, code=column.name in _CODES), None, ""
    if wrong is not None and wrong.any():
        faults.append(_Fault(reason, column.name, wrong))
    if column.required and values.null_count():
        gone = values.is_null()
        faults.append(_Fault("missing", column.name, gone & ~wrong if wrong is not None else gone))
    return values, faults


_CODES = frozenset({"dealer", "customer", "supplier", "sku", "barcode", "order", "line", "promotion"})


def _broken_rules(column: Column, values: pl.DataFrame, today: dt.date, known: Known) -> Iterator[_Fault]:
    """Yield the faults of values that are readable but not allowed."""
    series = values[column.name]
    rules: list[tuple[str, pl.Series]] = []
    if column.past:
        late = series > today
        if column.past_unless is not None:
            other, word = column.past_unless
            late &= values[other].fill_null("") != word
        rules.append(("in_the_future", late))
    if column.nonzero:
        rules.append(("zero", series == 0))
    if column.minimum is not None:
        rules.append(("too_small", series < column.minimum))
    if column.maximum is not None:
        rules.append(("too_large", series > column.maximum))
    codes: Mapping[str, frozenset[str] | None] = {"dealer": known.dealers, "supplier": known.suppliers}
    allowed = codes.get(column.reference or "")
    if allowed is not None:
        there = pl.Series(sorted(allowed), dtype=pl.String)
        rules.append((f"unknown_{column.reference}", series.is_not_null() & ~series.is_in(there.implode())))
    for reason, mask in rules:
        wrong = mask.fill_null(value=False)
        if wrong.any():
            yield _Fault(reason, column.name, wrong)


def _superseded(good: pl.DataFrame, contract: Feed, again: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return masks over `good` of rows that a later row of the same key replaces: with other content, and the same."""
    content = [name for name in contract.schema if name not in contract.key]
    marked = good.with_columns(
        again.alias("_again"),
        pl.int_range(pl.len()).alias("_at"),
    ).filter("_again")
    last = marked.unique(contract.key, keep="last")
    paired = marked.join(last, on=contract.key, how="left", nulls_equal=True, suffix="_last", maintain_order="left")
    is_earlier = pl.col("_at") != pl.col("_at_last")
    alike = pl.all_horizontal([pl.lit(value=True), *(pl.col(n).eq_missing(pl.col(f"{n}_last")) for n in content)])
    verdict = paired.select("_at", (is_earlier & ~alike).alias("other"), (is_earlier & alike).alias("same"))
    nothing = pl.repeat(value=False, n=good.height, eager=True)
    return tuple(  # type: ignore[return-value]
        nothing.clone().scatter(verdict.filter(name)["_at"], True) for name in ("other", "same")
    )


def _set_aside(
    frame: pl.DataFrame, faults: list[_Fault], index: pl.Series, places: dict[str, str], header: list[str]
) -> pl.DataFrame:
    """Return the bad rows in file order, each with the first rule that it breaks and the row as it was found."""
    if index.null_count() == frame.height:
        return pl.DataFrame(schema=BAD_SCHEMA)
    bad = frame.with_columns(index).filter(pl.col("fault").is_not_null())
    number = pl.col("fault")
    source = {each: fault.column for each, fault in enumerate(faults)}
    as_text = bad.select(
        pl.col(name).cast(pl.String, strict=False) for name in bad.columns if name not in {ROW, "fault"}
    )
    found: pl.Expr = pl.lit(None, dtype=pl.String)
    for each in bad["fault"].unique():
        place = places.get(source[each], EXTRA)
        found = pl.when(number == each).then(pl.col(place)).otherwise(found)
    return bad.select(
        ROW,
        number.replace_strict({each: fault.reason for each, fault in enumerate(faults)}, return_dtype=pl.String).alias(
            "reason"
        ),
        number.replace_strict(
            {each: "" if fault.column == EXTRA else fault.column for each, fault in enumerate(faults)},
            return_dtype=pl.String,
        ).alias("column"),
    ).with_columns(
        as_text.with_columns(bad["fault"]).select(found.str.slice(0, VALUE_CHARACTERS).alias("value")).to_series(),
        _raw(as_text.drop(EXTRA), header).alias("raw"),
    )


def _raw(cells: pl.DataFrame, header: list[str]) -> pl.Series:
    """Return each row as a JSON object under the file's own column names; long cells are cut to keep it short."""
    names: list[str] = []
    for position, title in enumerate(header, start=1):
        name = title.strip()[:60] or f"column {position}"
        names.append(name if name not in names else f"{name} ({position})")
    cells.columns = names
    raw = cells.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    for limit in (200, 40, 5):
        long = raw.str.len_chars() > RAW_CHARACTERS
        if not long.any():
            return raw
        short = cells.filter(long).select(pl.struct(pl.all().str.slice(0, limit)).struct.json_encode())
        raw = raw.scatter(long.arg_true(), short.to_series())
    return pl.select(pl.when(raw.str.len_chars() > RAW_CHARACTERS).then(pl.lit("{}")).otherwise(raw)).to_series()
