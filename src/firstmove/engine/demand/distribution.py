# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""Distribution of the demand over a span of days: what a pair sells in the next 7, 9 or 16 days, as quantiles.

Each pair brings its own level and its own dispersion of sums over the span; the shape around them is pooled over pairs
of like volume and like peaks (studentising). It beats the normal textbook formula on lumpy demand, since the pooled
shape knows the long tail, and it beats pooled ratios, since each pair keeps its own dispersion. Peaks tell pairs apart
whose dispersion is the same: one day that stood alone and many days of middling size ask for different tails. The sum
itself is modelled: quantiles of single days do not add up.

Two passes. `pool` sees all pairs once; `quantiles` is a pure function of a pair and the pooled tables, so the result
does not depend on how the pairs are partitioned.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel

YEAR = 364
RECENT_DAYS, MIDDLE_DAYS = 56, 112
YEAR_SHARE, MIDDLE_SHARE, RECENT_SHARE, SEASON_SHARE = 0.45, 0.25, 0.2, 0.1
"""What the level takes from the year, its last 112 and 56 days, and the same season a year ago. Chosen on the 210 days
before the windows that are reported (decision 31)."""
SEASON_MARGIN_DAYS = 14
LEAST_KNOWN_DAYS = 91
DISPERSION_DAYS = 364
ORIGINS = 38
ORIGIN_STEP_DAYS = 7
FIRST_ORIGIN_DAY = 380
LEAST_ALIGNED_DAYS = 182
LEAST_ORIGINS = 4
LEAST_SAMPLES = 50
LEAST_CLASS_SAMPLES = 200
VOLUME_BINS, PEAK_BINS, THIRD_BINS = 8, 5, 3
DECIMALS = 4
SAMPLE_PAIRS = 10_000
CEILING = 4.0

PROBABILITIES = (
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
    0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999,
)  # fmt: skip
"""Default grid: even in the middle, dense in the upper tail where service is decided."""

Floats = NDArray[np.float64]
Spans = int | NDArray[np.int64]


class UnknownSpanError(InvalidFrameError):
    """Quantiles were asked for a span of days that `pool` was not given."""


@dataclass(frozen=True)
class SpanTable:
    """Shape of the demand over one span, for classes of volume and of peaks.

    `volume_edges`: ascending expected units over the span, one fewer than there are classes of volume.
    `table`: for each class the quantiles of (sum - expected) / own dispersion, at the pooled probabilities. Classes
    stand in the order of volume, then peak, then third largest day.
    `days`: the length for which expected units and dispersion are taken; 0 where the key of the span says it itself.
    `peak_edges`, `third_edges`: ascending (largest day of the year - expected) / dispersion, and of the third largest.
    """

    volume_edges: tuple[float, ...]
    table: tuple[tuple[float, ...], ...]
    days: int = 0
    peak_edges: tuple[float, ...] = ()
    third_edges: tuple[float, ...] = ()

    def classes(self, *, expected: Floats, dispersion: Floats, peak: Floats, third: Floats) -> NDArray[np.int64]:
        """The row of `table` for pairs of that expected demand, dispersion, largest and third largest day, [n]."""
        volume = np.searchsorted(self.volume_edges, expected, side="right")
        high = np.searchsorted(self.peak_edges, (peak - expected) / dispersion, side="right")
        next_high = np.searchsorted(self.third_edges, (third - expected) / dispersion, side="right")
        place = (volume * (len(self.peak_edges) + 1) + high) * (len(self.third_edges) + 1) + next_high
        return np.asarray(place, np.int64)


@dataclass(frozen=True)
class PooledQuantiles:
    """What pass 1 learns from all pairs: small, plain numbers, so a run can pin it and send it to every partition."""

    probabilities: tuple[float, ...]
    spans: Mapping[int, SpanTable]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` gives back an equal object."""
        return {
            "probabilities": list(self.probabilities),
            "spans": {
                str(span): {
                    "volume_edges": list(entry.volume_edges),
                    "table": [list(row) for row in entry.table],
                    "days": entry.days,
                    "peak_edges": list(entry.peak_edges),
                    "third_edges": list(entry.third_edges),
                }
                for span, entry in self.spans.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "PooledQuantiles":
        return cls(
            probabilities=tuple(data["probabilities"]),
            spans={
                int(span): SpanTable(
                    volume_edges=tuple(entry["volume_edges"]),
                    table=tuple(tuple(row) for row in entry["table"]),
                    days=entry.get("days", 0),
                    peak_edges=tuple(entry.get("peak_edges", ())),
                    third_edges=tuple(entry.get("third_edges", ())),
                )
                for span, entry in data["spans"].items()
            },
        )


def centre(history: NDArray[np.float32], *, span: Spans) -> tuple[Floats, Floats, Floats]:
    """Expected units over the next `span` days, their dispersion, and the largest sum seen; each [n].

    expected = span × (0.45 × mean of the last 364 days + 0.25 × that of the last 112 + 0.2 × that of the last 56
    + 0.1 × that of the same season a year ago, the span and 14 days on either side of it). A pair that first sold
    within those days has means since then, but of at least 91 days where there are as many, and its year stands in for
    a season that it has not seen. dispersion = sqrt(std² + expected / 2 + 1 / 4), where std is that of the overlapping
    sums over `span` days within the last 364. The year in the level steadies it: lumpy demand says little in a quarter.
    The added terms keep a pair that was quiet for a year from looking certain. A shorter history uses the days that
    there are; while it is shorter than four spans its std says little, and the variance is taken to be at least that of
    a Poisson process, the expected units themselves.

    Example: one unit every day for a year, span 7: expected 7, std 0, dispersion sqrt(0 + 3.5 + 0.25) = 1.94.
    """
    seen = seen_from(history, mornings=np.array([history.shape[1]]), span=span)
    return seen.expected[:, 0], seen.dispersion[:, 0], seen.largest[:, 0]


@dataclass(frozen=True, eq=False)
class Seen:
    """What past mornings saw of each pair, and what followed; each [n, mornings], units.

    `expected`, `dispersion`, `largest` as `centre` gives them. `peak` and `third` are the largest and the third largest
    day of the 364 before. `came` is the sum over the span from the morning on, 0 where history ends before. `active`
    tells whether the pair sold in the 364 days before.
    """

    expected: Floats
    dispersion: Floats
    largest: Floats
    peak: Floats
    third: Floats
    came: Floats
    active: NDArray[np.bool_]


def seen_from(history: NDArray[np.float32], *, mornings: NDArray[np.int64], span: Spans) -> Seen:
    """`centre` as of several mornings at once; a morning is the number of days of `history` [n, days] known to it."""
    n = len(history)
    expected, dispersion, largest, peak, third, came = (np.empty((n, len(mornings))) for _ in range(6))
    active = np.empty((n, len(mornings)), np.bool_)
    _standardise(
        np.ascontiguousarray(history),
        _row_spans(span, n),
        np.ascontiguousarray(mornings, np.int64),
        expected,
        dispersion,
        largest,
        peak,
        third,
        came,
        active,
    )
    return Seen(expected, dispersion, largest, peak, third, came, active)


def pool(
    history: NDArray[np.float32],
    *,
    spans: Iterable[int],
    probabilities: Sequence[float] = PROBABILITIES,
    mixtures: Mapping[int, Sequence[int]] | None = None,
) -> PooledQuantiles:
    """Pass 1: learn the shape of demand from history [n, days] of all pairs, for each of `spans` (days).

    Every pair is looked at from up to 38 origins, seven days apart, the last one at least a span before the end;
    the sum that followed each is compared with what `centre` said on that day. From half a year of history on,
    origins fall on the weekday of the morning after it: sixteen days from a Friday hold other days of delivery than
    from a Wednesday, so a table serves mornings of that weekday. Of more than 10,000 pairs a sample is taken: those
    whose content hashes lowest, so neither the order of the rows nor their partition matters. A pair counts at an
    origin if it had sold in the 364 days before it, as pairs do that are planned: counting those as well that only
    started later would let the future choose the sample, and shift every quantile up.

    A span whose length is itself random, such as the time until the order after this one arrives, is a key of
    `mixtures`: its table is then learned from sums over the lengths given there in days, each equally likely (drawn by
    a hash of the pair's content and the origin); a length that stands twice is twice as likely. So quantiles asked for
    that key are those of the mixture, not of its mean length. The key is any number that no other span has; expected
    units and dispersion are taken for the mean length, rounded up.

    Origins start on day 380, so that a year stands behind each. A history too short for that starts after three
    quarters of it; one too short for even four origins, or with fewer than 50 samples, gets the normal distribution of
    the textbook, one class. A class of volume and peaks with 200 samples or fewer gets the shape of its volume; one of
    volume with 50 or fewer that of all pairs.
    """
    grid = tuple(float(p) for p in probabilities)
    if not grid or any(not 0 < p < 1 for p in grid) or any(a >= b for a, b in pairwise(grid)):
        raise InvalidFrameError("probabilities must ascend strictly between 0 and 1.")
    mixtures = mixtures or {}
    if any(not lengths or min(lengths) < 1 for lengths in mixtures.values()):
        raise InvalidFrameError("a mixture holds at least one length, and each is at least one day.")
    sample = sampled(np.ascontiguousarray(history))
    keys = sorted(set(spans))
    # Kernels and sorting let go of the interpreter, so spans are learned side by side.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        shapes = threads.map(lambda span: _shape(sample, grid, mixtures.get(span, (span,))), keys)
        return PooledQuantiles(probabilities=grid, spans=dict(zip(keys, shapes, strict=True)))


@dataclass(frozen=True, eq=False)
class SpanDemand:
    """Demand of n pairs over a span: what `centre` says of each, and the pooled shape around it. Made by `over`.

    `span`: for each pair the key of its span among the pooled ones, and `days` how long that is.
    """

    span: NDArray[np.int64]
    days: NDArray[np.int64]
    expected_units: Floats
    dispersion_units: Floats
    largest_units: Floats
    peak_units: Floats
    third_units: Floats
    pooled: PooledQuantiles

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """Quantiles of the units over the span, [n, k].

        Never negative, never more than four times the largest sum that the pair has seen, 0 for a pair that never
        sold, and ascending with the probability. Between pooled probabilities the table is interpolated, beyond them
        it is flat.
        """
        wanted = np.asarray(probabilities, np.float64)
        if ((wanted <= 0) | (wanted >= 1)).any():
            raise InvalidFrameError("probabilities must lie between 0 and 1.")
        out = np.zeros((len(self.span), len(wanted)))
        for key in np.unique(self.span):
            entry = self.pooled.spans[int(key)]
            shape = np.array([np.interp(wanted, self.pooled.probabilities, row) for row in entry.table])
            rows = np.flatnonzero(self.span == key)
            classes = entry.classes(
                expected=self.expected_units[rows],
                dispersion=self.dispersion_units[rows],
                peak=self.peak_units[rows],
                third=self.third_units[rows],
            )
            _apply(rows, classes, self.expected_units, self.dispersion_units, self.largest_units, shape, out)
        return out

    def nodes(self, count: int = 8) -> Floats:
        """The distribution as `count` equally likely amounts in ascending order, [n, count] units.

        Each is the mean of its slice of the quantile function, not the quantile in its middle: most of a lumpy
        product's demand lies in its last slice, and only the slice's mean keeps the expected units.
        """
        fine = self.quantiles(self.pooled.probabilities)
        out = np.empty((len(fine), count))
        _weigh(fine, _slice_weights(self.pooled.probabilities, count), out)
        return out


def over(history: NDArray[np.float32], pooled: PooledQuantiles, *, span: Spans) -> SpanDemand:
    """Pass 2: demand over the next `span` days (one number, or one for each pair) after history [n, days].

    A number may also be the key of a mixture. Raises `UnknownSpanError` for a span that was not pooled.
    """
    spans = _row_spans(span, len(history))
    keys, place = np.unique(spans, return_inverse=True)
    unknown = sorted({int(key) for key in keys} - set(pooled.spans))
    if unknown:
        known = ", ".join(str(days) for days in pooled.spans)
        raise UnknownSpanError(f"no quantiles were pooled for {unknown[0]} days, only for {known}: add it to `pool`.")
    days = np.array([pooled.spans[int(key)].days or key for key in keys], np.int64)[place]
    seen = seen_from(history, mornings=np.array([history.shape[1]]), span=days)
    return SpanDemand(
        span=spans,
        days=days,
        expected_units=seen.expected[:, 0],
        dispersion_units=seen.dispersion[:, 0],
        largest_units=seen.largest[:, 0],
        peak_units=seen.peak[:, 0],
        third_units=seen.third[:, 0],
        pooled=pooled,
    )


def quantiles(
    history: NDArray[np.float32], pooled: PooledQuantiles, *, span: Spans, probabilities: Sequence[float]
) -> Floats:
    """`SpanDemand.quantiles` in one step: quantiles of the units over the next `span` days, [n, k]."""
    return over(history, pooled, span=span).quantiles(probabilities)


def content_hash(history: NDArray[np.float32]) -> NDArray[np.uint64]:
    """A number for each row, [n], that depends on what was sold and when, and on nothing else."""
    out = np.empty(len(history), np.uint64)
    _hash_rows(np.ascontiguousarray(history), out)
    return out


def _row_spans(span: Spans, n: int) -> NDArray[np.int64]:
    spans = np.broadcast_to(np.asarray(span, np.int64), (n,)) if np.ndim(span) == 0 else np.asarray(span, np.int64)
    require_rows([("history", n), ("span", len(spans))])
    if n and spans.min() < 1:
        raise InvalidFrameError("a span is at least one day.")
    return np.ascontiguousarray(spans)


def sampled(history: NDArray[np.float32]) -> NDArray[np.float32]:
    """The pairs of history [n, days] that sold anything; of more than `SAMPLE_PAIRS` so many, chosen by content."""
    sold = np.ascontiguousarray(history[history.any(axis=1)])
    if len(sold) <= SAMPLE_PAIRS:
        return sold
    return np.ascontiguousarray(sold[np.argsort(content_hash(sold), kind="stable")[:SAMPLE_PAIRS]])


def _origins(days: int, span: int) -> NDArray[np.int64]:
    last = days - span
    if days >= LEAST_ALIGNED_DAYS:
        last -= -span % ORIGIN_STEP_DAYS
    first = max(last - ORIGIN_STEP_DAYS * (ORIGINS - 1), min(FIRST_ORIGIN_DAY, last * 3 // 4), 1)
    return np.arange(last, first - 1, -ORIGIN_STEP_DAYS, dtype=np.int64)[::-1].copy()


def _textbook(grid: tuple[float, ...], span: int) -> SpanTable:
    normal = NormalDist()
    return SpanTable(volume_edges=(), table=(tuple(normal.inv_cdf(p) for p in grid),), days=span)


def _shape(history: NDArray[np.float32], grid: tuple[float, ...], lengths: Sequence[int]) -> SpanTable:
    """The shape of sums over a span whose length is one of `lengths`, each equally likely."""
    if min(lengths) < 1:
        raise InvalidFrameError("a span is at least one day.")
    span = -(-sum(lengths) // len(lengths))
    n, days = history.shape
    origins = _origins(days, max(lengths))
    if len(origins) < LEAST_ORIGINS or n * len(origins) < LEAST_SAMPLES:
        return _textbook(grid, span)
    seen = seen_from(history, mornings=origins, span=span)
    sums, active = seen.came, seen.active
    if set(lengths) != {span}:
        _mixed_sums(history, content_hash(history), origins, np.array(lengths, np.int64), sums)
    expected, dispersion, peak, third = (
        numbers[active] for numbers in (seen.expected, seen.dispersion, seen.peak, seen.third)
    )
    z = (sums[active] - expected) / dispersion
    if len(z) < LEAST_SAMPLES:
        return _textbook(grid, span)
    edges = SpanTable(
        volume_edges=_edges(expected, VOLUME_BINS),
        table=(),
        days=span,
        peak_edges=_edges((peak - expected) / dispersion, PEAK_BINS),
        third_edges=_edges((third - expected) / dispersion, THIRD_BINS),
    )
    place = edges.classes(expected=expected, dispersion=dispersion, peak=peak, third=third)
    return replace(edges, table=_class_quantiles(z, place, edges, grid))


def _edges(numbers: Floats, bins: int) -> tuple[float, ...]:
    """What parts `numbers` into as many classes of like size; fewer where many are alike."""
    return tuple(np.unique(_quantiles(np.sort(numbers), np.linspace(0, 1, bins + 1)[1:-1])).tolist())


def _class_quantiles(
    z: Floats, place: NDArray[np.int64], edges: SpanTable, grid: tuple[float, ...]
) -> tuple[tuple[float, ...], ...]:
    """Quantiles of z in each class; a class of few samples gets those of its volume, or of everything."""
    inner = (len(edges.peak_edges) + 1) * (len(edges.third_edges) + 1)
    count = (len(edges.volume_edges) + 1) * inner
    # Classes are few: numpy sorts numbers of two bytes by counting them.
    order = np.argsort(place.astype(np.int16), kind="stable")
    ordered, bounds = z[order], np.concatenate([[0], np.cumsum(np.bincount(place, minlength=count))])
    everything = _quantiles(np.sort(z), grid)
    table = []
    for first in range(0, count, inner):
        alike = np.sort(ordered[bounds[first] : bounds[first + inner]])
        of_volume = _quantiles(alike, grid) if len(alike) > LEAST_SAMPLES else everything
        for index in range(first, first + inner):
            members = np.sort(ordered[bounds[index] : bounds[index + 1]])
            row = _quantiles(members, grid) if len(members) > LEAST_CLASS_SAMPLES else of_volume
            table.append(tuple(np.maximum.accumulate(row).round(DECIMALS).tolist()))
    return tuple(table)


def _quantiles(ascending: Floats, probabilities: Sequence[float] | Floats) -> Floats:
    """`np.quantile` of numbers that are sorted: for dozens of probabilities, to sort first takes half the time.

    Interpolated linearly between neighbours, from whichever is nearer, so that the last bit is that of numpy too.

    Example: the quartiles of 0, 1, 2, 3, 4, 10 are 1.25, 2.5 and 3.75.
    """
    at = np.asarray(probabilities, np.float64) * (len(ascending) - 1)
    low = np.floor(at).astype(np.int64)
    share, left = at - low, ascending[low]
    right = ascending[np.minimum(low + 1, len(ascending) - 1)]
    gap = right - left
    return np.where(share < 0.5, left + gap * share, right - gap * (1 - share))


@lru_cache(maxsize=16)
def _slice_weights(grid: tuple[float, ...], count: int) -> Floats:
    """[len(grid), count]: what each pooled quantile weighs in the mean of each slice of the quantile function."""
    cuts = np.linspace(0, 1, count + 1)
    points = np.unique(np.concatenate([cuts, grid]))
    hats = np.array([np.interp(points, grid, unit) for unit in np.eye(len(grid))])
    areas = (hats[:, 1:] + hats[:, :-1]) / 2 * np.diff(points)
    owner = np.searchsorted(cuts, (points[1:] + points[:-1]) / 2) - 1
    weights = np.zeros((len(grid), count))
    for index in range(count):
        weights[:, index] = areas[:, owner == index].sum(axis=1) * count
    return weights


@kernel
def _peaks(sold: Floats, first: int, end: int) -> tuple[float, float]:
    """The largest and the third largest of sold[first:end], 0 where there are fewer."""
    one = two = three = 0.0
    for place in range(first, end):
        units = sold[place]
        if units > one:
            one, two, three = units, one, two
        elif units > two:
            two, three = units, two
        elif units > three:
            three = units
    return one, three


@kernel
def _standardise(
    history: NDArray[np.float32],
    spans: NDArray[np.int64],
    origins: NDArray[np.int64],
    expected: Floats,
    dispersion: Floats,
    largest: Floats,
    peak: Floats,
    third: Floats,
    sums: Floats,
    active: NDArray[np.bool_],
) -> None:
    """For each pair and origin (days of history seen): what `Seen` holds.

    All outputs [n, origins]; `active` tells whether the pair sold in the 364 days before the origin. Where fewer than
    a span of days follow, `sums` is 0. Prefix sums of the span's sums and of their squares, and a list of the days with
    sales, make every origin cost few operations.
    """
    n, days = history.shape
    total, first, second, top = np.zeros(days + 1), np.zeros(days + 1), np.zeros(days + 1), np.zeros(days + 1)
    sold, sales = np.zeros(days), np.zeros(days + 1, np.int64)
    for i in range(n):
        span = spans[i]
        born = days
        for t in range(1, days + 1):
            total[t] = total[t - 1] + history[i, t - 1]
            if born == days and history[i, t - 1] > 0:
                born = t - 1
            sales[t] = sales[t - 1]
            if history[i, t - 1] > 0:
                sold[sales[t]] = history[i, t - 1]
                sales[t] += 1
            value = max(total[t] - total[t - span], 0.0) if t >= span else 0.0
            first[t] = first[t - 1] + value
            second[t] = second[t - 1] + value * value
            top[t] = max(top[t - 1], value if t >= span else total[t])
        for k in range(len(origins)):
            t = origins[k]
            year = min(max(t - born, min(t, LEAST_KNOWN_DAYS)), YEAR)
            middle, recent = min(year, MIDDLE_DAYS), min(year, RECENT_DAYS)
            usual = max(total[t] - total[t - year], 0.0) / max(year, 1)
            season, then = usual, t - YEAR
            if then - SEASON_MARGIN_DAYS >= born:
                low, high = then - SEASON_MARGIN_DAYS, min(then + span + SEASON_MARGIN_DAYS, t)
                season = max(total[high] - total[low], 0.0) / (high - low)
            mean = YEAR_SHARE * usual + SEASON_SHARE * season
            mean += MIDDLE_SHARE * max(total[t] - total[t - middle], 0.0) / max(middle, 1)
            mean += RECENT_SHARE * max(total[t] - total[t - recent], 0.0) / max(recent, 1)
            mean *= span
            window = min(t, DISPERSION_DAYS)
            count = window - span + 1
            variance = 0.0
            if count > 0:
                low = t - count
                average = (first[t] - first[low]) / count
                variance = max((second[t] - second[low]) / count - average * average, 0.0)
            if window < 4 * span:
                variance = max(variance, mean)
            expected[i, k] = mean
            dispersion[i, k] = math.sqrt(variance + 0.5 * mean + 0.25)
            largest[i, k] = top[t]
            first_sale = sales[t - window]
            active[i, k] = sales[t] > first_sale
            peak[i, k], third[i, k] = _peaks(sold, first_sale, sales[t])
            sums[i, k] = total[t + span] - total[t] if t + span <= days else 0.0


@kernel
def _mixed_sums(
    history: NDArray[np.float32],
    content: NDArray[np.uint64],
    origins: NDArray[np.int64],
    lengths: NDArray[np.int64],
    sums: Floats,
) -> None:
    """Overwrite `sums` [n, origins] by sums over one of `lengths` days from each origin, drawn by a hash."""
    choices = np.uint64(len(lengths))
    for i in range(history.shape[0]):
        for k in range(len(origins)):
            word = (content[i] ^ np.uint64(origins[k])) * np.uint64(0x9E3779B97F4A7C15)
            word ^= word >> np.uint64(29)
            word *= np.uint64(0xBF58476D1CE4E5B9)
            length = lengths[int((word >> np.uint64(32)) % choices)]
            total = 0.0
            for t in range(origins[k], origins[k] + length):
                total += history[i, t]
            sums[i, k] = total


@kernel
def _apply(
    rows: NDArray[np.int64],
    classes: NDArray[np.int64],
    expected: Floats,
    dispersion: Floats,
    largest: Floats,
    shape: Floats,
    out: Floats,
) -> None:
    for j in range(len(rows)):
        i = rows[j]
        ceiling = CEILING * largest[i]
        for k in range(shape.shape[1]):
            value = expected[i] + dispersion[i] * shape[classes[j], k]
            out[i, k] = min(max(value, 0.0), ceiling)


@kernel
def _weigh(fine: Floats, weights: Floats, out: Floats) -> None:
    # A plain loop: a matrix product may group a row's sum by the number of rows beside it.
    for i in range(fine.shape[0]):
        for node in range(weights.shape[1]):
            value = 0.0
            for k in range(weights.shape[0]):
                value += fine[i, k] * weights[k, node]
            out[i, node] = value


@kernel
def _hash_rows(history: NDArray[np.float32], out: NDArray[np.uint64]) -> None:
    bits = history.view(np.uint32)
    for i in range(history.shape[0]):
        state = np.uint64(14695981039346656037)
        for t in range(history.shape[1]):
            if bits[i, t] != 0:
                word = (np.uint64(t) << np.uint64(32)) | np.uint64(bits[i, t])
                state = (state ^ word) * np.uint64(0x9E3779B97F4A7C15)
                state ^= state >> np.uint64(29)
        out[i] = state
