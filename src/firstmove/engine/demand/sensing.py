# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""Has the demand of a pair changed for good, and since when: sequential tests whose false alarms are counted.

A nightly level follows yesterday's sales slowly, as lumpy demand asks for. What it does not say is that something has
happened. Four questions are asked of each pair, each with a score that grows with the evidence:

- `rose`, `fell`: CUSUM (Page 1954) of the log likelihood ratio of twice and of half the usual rate. Units are compound
  Poisson: counted in lots of phi units (the variance of weeks over their mean, at least a usual sale), they are taken
  as Poisson, so a day of y units where r are usual adds y / phi * ln 2 - r / phi, or r / (2 phi) - y / phi * ln 2. The
  usual rate is that of the year before the first day of the excursion, so a change does not hide itself.
- `stopped`: minus the log of the probability that a pair which sold on k of n days sells on none of g more:
  B(k + 1/2, n - k + 1/2 + g) / B(k + 1/2, n - k + 1/2), the beta-binomial with Jeffreys' prior, over how much the
  days with a sale cluster. So a pair that is known for a month has to be silent for longer than one that is known for
  a year.
- `spiked`: units of the last seven days over the usual, in standard deviations, where no week of the year was larger.

Days without stock count for nothing: they are neither a day without demand nor a day of the rhythm.

What a score means is learned, not assumed: the same scores on the pairs' own histories in shuffled blocks of four
weeks, which hold the same lumps and weekdays but no change (`calibrate`). They give the limit of each kind for so many
false alarms in a pair and year, and how rare a score is, for the list as a whole (`told`; Benjamini and Hochberg 1995).

Example: one unit a day for a year, then none for seven days: 365.5 of 366 were days with a sale, and the probability
of none in seven is about 5e-16.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import content_hash, sampled
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROSE, FELL, STOPPED, SPIKED = KINDS = ("rose", "fell", "stopped", "spiked")
YEAR, WEEK = 364, 7
# How long a change stays news: tests begin so many days before the morning.
NEWS_DAYS = 182
# A pair that is known for less has no rhythm of its own yet.
LEAST_KNOWN_DAYS = 91
BLOCK_DAYS = 28
# Mornings on which shuffled histories are looked at, a week apart.
NULL_MORNINGS = 13
FALSE_ALARMS_PER_PAIR_YEAR = 0.05
FALSE_DISCOVERY_RATE = 0.1
LEAST_SILENT_DAYS = 3
_TAIL_LOOKS = 32
_FITTED = 3
_LEAST = 1e-12
# Halvings of a unit of score, as of a logarithm of a probability.
_STEEPEST = 1 / math.log(2)


@dataclass(frozen=True, eq=False)
class Scores:
    """What each morning says of each pair: `score` and `since` (the day it began), both [n, mornings, 4 `KINDS`].

    `usual` is the rate before it, `units` what was sold from that day on, and `days` of how many days that counts.
    A score is 0 where a pair is known for less than 91 days.
    """

    score: Floats
    since: Ints
    usual: Floats
    units: Floats
    days: Floats

    def level(self, memory_days: float) -> Floats:
        """Units a day now, gamma-Poisson: the usual rate counts as `memory_days` of evidence, days since in full."""
        return np.asarray((self.usual * memory_days + self.units) / (memory_days + self.days), np.float64)


@dataclass(frozen=True)
class Limits:
    """What scores mean, by kind: the score for the chosen rate of false alarms, and how rare a score is.

    `tails`: for 1/2, 1/4, 1/8, … of all pairs and mornings, the score that so many reach where nothing changed, as far
    as 32 looks or more tell it. Beyond it rarity goes on as it did over the last three halvings: the scores are
    logarithms of probabilities, so their tails are about exponential.
    """

    alarm: Mapping[str, float]
    tails: Mapping[str, tuple[float, ...]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, null for a limit that nothing reaches."""
        return {
            "alarm": {kind: limit if math.isfinite(limit) else None for kind, limit in self.alarm.items()},
            "tails": {kind: list(row) for kind, row in self.tails.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Limits":
        """The opposite of `to_dict`."""
        return cls(
            alarm={kind: math.inf if limit is None else limit for kind, limit in data["alarm"].items()},
            tails={kind: tuple(row) for kind, row in data["tails"].items()},
        )

    def rarity(self, score: Floats) -> Floats:
        """p-values of scores [..., 4]: how often a pair in which nothing changed scores as high, log-interpolated."""
        out = np.ones_like(score, np.float64)
        for place, kind in enumerate(KINDS):
            steps = np.maximum.accumulate([0.0, *self.tails[kind]])
            halvings = np.arange(len(steps), dtype=np.float64)
            back = max(len(steps) - 1 - _FITTED, 0)
            slope = min((len(steps) - 1 - back) / max(steps[-1] - steps[back], 1e-9), _STEEPEST)
            # Equal scores are as rare as the least rare of them: the others would flatter.
            kept = np.flatnonzero(np.diff(steps, prepend=-1.0) > 0)
            beyond = np.maximum(score[..., place] - steps[-1], 0.0) * slope
            said = np.interp(score[..., place], steps[kept], halvings[kept]) + beyond
            out[..., place] = np.where(score[..., place] > 0, np.maximum(0.5**said, _LEAST), 1.0)
        return out


def scan(
    history: NDArray[np.float32],
    *,
    mornings: Sequence[int] | Ints,
    unseen: NDArray[np.bool_] | None = None,
    swing: Floats | None = None,
    group: Ints | None = None,
    start: int | None = None,
) -> Scores:
    """Scores of each pair on each of `mornings` (ascending; numbers of days of `history` [n, days] known to it).

    `unseen` [n, days]: days that tell nothing, without stock or of a silent feed. `swing` [n, days]: what everybody's
    demand of that day is over everybody's of the year before, so that a season is no change of the pair; 1 without.
    With `group` [n] it has a row for several pairs, whose numbers those are. Tests start 182 days before the first
    morning, or on day `start`.

    Raises `InvalidFrameError` for arrays that are not row-aligned or mornings beyond the history.
    """
    n, days = history.shape
    days_known = np.asarray(mornings, np.int64)
    if not len(days_known) or days_known.min() < 1 or days_known.max() > days or (np.diff(days_known) <= 0).any():
        raise InvalidFrameError(f"mornings ascend within 1..{days}.")
    hidden = np.zeros((n, days), np.bool_) if unseen is None else unseen
    common = np.ones((1, days)) if swing is None else np.ascontiguousarray(swing, np.float64)
    rows = np.zeros(n, np.int64) if swing is None else np.arange(n)
    if group is not None and swing is not None:
        rows = np.asarray(group, np.int64)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(common)):
            raise InvalidFrameError(f"group names rows of swing within 0..{len(common) - 1}.")
    require_rows(
        [("history", n), ("unseen", len(hidden)), ("group", len(rows))]
        + ([("swing", len(common))] if swing is not None and group is None else [])
    )
    if hidden.shape[1] != days or common.shape[1] != days:
        raise InvalidFrameError(f"unseen and swing tell of the same {days} days as the history.")
    shape = (n, len(days_known), len(KINDS))
    score, usual, units, counted = (np.zeros(shape) for _ in range(4))
    since = np.zeros(shape, np.int64)
    first = max(int(days_known[0]) - NEWS_DAYS, 0) if start is None else start
    _scan(
        np.ascontiguousarray(history), np.ascontiguousarray(hidden), common, rows, first, days_known,
        score, since, usual, units, counted,
    )  # fmt: skip
    return Scores(score, since, usual, units, counted)


def calibrate(history: NDArray[np.float32], *, per_pair_year: float = FALSE_ALARMS_PER_PAIR_YEAR) -> Limits:
    """Learn what scores mean from history [n, days] of all pairs (of more than 10,000 a sample by content).

    The limit of each kind is the lowest score that pairs in which nothing changed newly reach `per_pair_year` / 4 times
    a year, looked at once a week. Without a pair, nothing is ever an alarm.
    """
    sold = sampled(history)
    days = history.shape[1]
    mornings = np.arange(days - WEEK * (NULL_MORNINGS - 1), days + 1, WEEK)
    if not len(sold) or mornings[0] <= LEAST_KNOWN_DAYS:
        return Limits(dict.fromkeys(KINDS, math.inf), dict.fromkeys(KINDS, ()))
    score = scan(shuffled(sold), mornings=mornings, start=max(days - NEWS_DAYS, 0)).score
    halvings = max(int(math.log2(len(sold) * NULL_MORNINGS / _TAIL_LOOKS)), 1)
    shares = 0.5 ** np.arange(1, halvings + 1)
    return Limits(
        alarm={
            kind: _limit(score[:, :, place], per_pair_year / len(KINDS) * WEEK / 365)
            for place, kind in enumerate(KINDS)
        },
        tails={
            kind: tuple(np.quantile(score[:, :, place], 1 - shares, method="higher").round(4).tolist())
            for place, kind in enumerate(KINDS)
        },
    )


def _limit(score: Floats, per_look: float) -> float:
    """The lowest score that is newly reached in at most `per_look` of the looks [n, mornings]."""
    before, after = score[:, :-1].ravel(), score[:, 1:].ravel()
    news = after > before
    candidates = np.unique(after[news])
    if not len(candidates):
        return math.inf
    # A look newly reaches every limit in (before, after].
    begins = np.searchsorted(candidates, before[news], side="right")
    ends = np.searchsorted(candidates, after[news], side="right")
    size = len(candidates) + 1
    reached = np.cumsum(np.bincount(begins, minlength=size) - np.bincount(ends, minlength=size))
    fits = reached[: len(candidates)] <= per_look * len(after)
    # The lowest from which on all higher ones fit as well.
    broken = np.flatnonzero(~fits)
    place = int(broken[-1]) + 1 if len(broken) else 0
    return float(candidates[place]) if place < len(candidates) else float(np.nextafter(candidates[-1], math.inf))


@dataclass(frozen=True, eq=False)
class Shifts:
    """What is found of each pair on one morning, row-aligned.

    `kind` [n]: the place in `KINDS` of the rarest score over its limit, -1 where none is. `rarity` [n]: how often a
    pair in which nothing changed shows anything as rare, whether over a limit or not.
    """

    kind: Ints
    rarity: Floats


def shifts(score: Floats, limits: Limits) -> Shifts:
    """What scores [n, 4] of one morning say of each pair. Four questions were asked: the rarest counts four times."""
    rarity = limits.rarity(score)
    over = np.stack([score[:, place] >= limits.alarm[kind] for place, kind in enumerate(KINDS)], axis=1)
    # What stopped has fallen as well, and a higher level begins with a high week: each is told as what it is.
    over[:, KINDS.index(FELL)] &= ~over[:, KINDS.index(STOPPED)]
    over[:, KINDS.index(SPIKED)] &= ~over[:, KINDS.index(ROSE)]
    rarest = np.where(over, rarity, np.inf)
    kind = np.where(over.any(axis=1), rarest.argmin(axis=1), -1) if len(score) else np.empty(0, np.int64)
    return Shifts(kind.astype(np.int64), np.minimum(rarity.min(axis=1, initial=1.0) * len(KINDS), 1.0))


def told(found: Shifts, *, false_discovery_rate: float = FALSE_DISCOVERY_RATE) -> NDArray[np.bool_]:
    """Which pairs stand in the list: those over a limit that are rare enough for a list of so many pairs, [n].

    Benjamini and Hochberg: of m pairs the k rarest are told, for the largest k with p(k) <= k q / m, so that of all
    that is told a share q at most is expected to be chance, however many pairs there are.

    Example: p of .001, .03 and .5 with q = .1: .03 <= 2 x .1 / 3, so two are told.
    """
    ordered = np.sort(found.rarity)
    below = np.flatnonzero(ordered <= false_discovery_rate * np.arange(1, len(ordered) + 1) / max(len(ordered), 1))
    cut = ordered[below[-1]] if len(below) else -1.0
    return np.asarray((found.kind >= 0) & (found.rarity <= cut), np.bool_)


def shuffled(history: NDArray[np.float32], *, seed: int = 1) -> NDArray[np.float32]:
    """Each history with its blocks of four weeks in another order since its first sale: nothing changes in it.

    The order comes from the content of the row and `seed`, so it is the same in any partition. Blocks end with the
    history; what is left over after the first sale stays where it is.
    """
    out = np.array(history)
    _shuffle(np.ascontiguousarray(history), content_hash(history), seed, out)
    return out


def silent(sold: NDArray[np.bool_], *, unseen: NDArray[np.bool_] | None = None, odds: float = 1e-4) -> Ints:
    """For how many days each dealer's whole feed has been silent, [dealers]; 0 where it is not.

    `sold` [dealers, days] tells on which days anything at all was sold. A feed is silent when a dealer with that rhythm
    (beta-binomial, as `stopped`) would be for so long less than once in 1 / `odds` times, and for three days at least.
    `unseen` [days] are those on which nobody is expected to sell; they count neither way. One product's demand may end;
    that of a whole dealer seldom does in a week.
    """
    days = sold.shape[1]
    # Taken out and not only unseen: a week of holidays would look like a dealer who sells now and then.
    counted = np.arange(days) if unseen is None else np.flatnonzero(~unseen)
    if not len(counted):
        return np.zeros(len(sold), np.int64)
    found = scan(np.ascontiguousarray(sold[:, counted], np.float32), mornings=[len(counted)])
    place = KINDS.index(STOPPED)
    since = found.since[:, 0, place]
    last = np.where(since > 0, counted[np.maximum(since - 1, 0)], -1)
    is_silent = (found.score[:, 0, place] >= -math.log(odds)) & (len(counted) - since >= LEAST_SILENT_DAYS)
    return np.asarray(np.where(is_silent, days - 1 - last, 0), np.int64)


@kernel
def _shuffle(history: NDArray[np.float32], keys: NDArray[np.uint64], seed: int, out: NDArray[np.float32]) -> None:
    """Fisher and Yates, drawn from a hash."""
    days = history.shape[1]
    order = np.empty(days // BLOCK_DAYS, np.int64)
    for i in range(history.shape[0]):
        born = 0
        while born < days and history[i, born] <= 0:
            born += 1
        blocks = (days - born) // BLOCK_DAYS
        word = keys[i] ^ (np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15))
        for k in range(blocks):
            order[k] = k
        for k in range(blocks - 1, 0, -1):
            word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(k)
            other = int((word >> np.uint64(33)) % np.uint64(k + 1))
            order[k], order[other] = order[other], order[k]
        first = days - blocks * BLOCK_DAYS
        for k in range(blocks):
            for d in range(BLOCK_DAYS):
                out[i, first + k * BLOCK_DAYS + d] = history[i, first + order[k] * BLOCK_DAYS + d]


@kernel
def _lots(total: Floats, squares: Floats, low: int, high: int) -> float:
    """Units of a lot between two days: the variance of weeks over their mean, at least a usual sale."""
    units = total[high] - total[low]
    if units <= 0.0:
        return 1.0
    lot: float = (squares[high] - squares[low]) / units
    weeks = (high - low) // 7
    if weeks < 8:
        return lot
    mean, square = 0.0, 0.0
    for week in range(weeks):
        end = high - 7 * week
        sum_ = total[end] - total[end - 7]
        mean += sum_
        square += sum_ * sum_
    mean /= weeks
    variance = square / weeks - mean * mean
    return float(max(lot, variance / mean if mean > 0.0 else lot))


@kernel
def _clustered(sales: Ints, low: int, high: int) -> float:
    """How much days with a sale come together: the variance of their number in a week over that of chance, >= 1."""
    weeks = (high - low) // 7
    if weeks < 8:
        return 1.0
    mean = square = 0.0
    for week in range(weeks):
        end = high - 7 * week
        count = float(sales[end] - sales[end - 7])
        mean += count
        square += count * count
    mean /= weeks
    variance = square / weeks - mean * mean
    chance = mean * (1.0 - mean / 7.0)
    return max(variance / chance, 1.0) if chance > 1e-9 else 1.0


@kernel
def _add_up(
    history: NDArray[np.float32],
    unseen: NDArray[np.bool_],
    total: Floats,
    squares: Floats,
    seen: Ints,
    sales: Ints,
) -> int:
    """Sums up to each day of one pair: units, their squares, days that count, days with a sale. Its first such day."""
    days = len(history)
    born = days
    for t in range(days):
        known = not unseen[t]
        y = float(history[t]) if known else 0.0
        if born == days and y > 0:
            born = t
        total[t + 1] = total[t] + y
        squares[t + 1] = squares[t] + y * y
        seen[t + 1] = seen[t] + (1 if known else 0)
        sales[t + 1] = sales[t] + (1 if y > 0 else 0)
    return born


@kernel
def _rate(total: Floats, seen: Ints, lot: float, low: int, high: int) -> float:
    """Units a day that counts, of half a lot at least: nobody sells nothing for sure."""
    return float(max(total[high] - total[low], 0.5 * lot) / max(seen[high] - seen[low], 1))


@kernel
def _silence(seen: Ints, sales: Ints, low: int, quiet_from: int, end: int) -> float:
    """The score of `stopped`, by the rhythm of the days from `low` to the last sale."""
    sale_days = sales[quiet_from] - sales[low]
    a, b = sale_days + 0.5, max(seen[quiet_from] - seen[low], 1) - sale_days + 0.5
    gap = seen[end] - seen[quiet_from]
    log_p: float = math.lgamma(b + gap) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + gap)
    return -log_p / _clustered(sales, low, quiet_from)


@kernel
def _peak(total: Floats, expected: float, lot: float, low: int, end: int) -> float:
    """The score of `spiked`: of the week up to `end`, against all weeks since `low`."""
    units = total[end] - total[end - WEEK]
    if units <= expected + 3.0 * lot:
        return 0.0
    for other in range(low + WEEK, end - WEEK + 1):
        if total[other] - total[other - WEEK] >= units:
            return 0.0
    return float((units - expected) / math.sqrt(lot * expected + lot * lot))


@kernel
def _largest(history: NDArray[np.float32], unseen: NDArray[np.bool_], low: int, high: int) -> float:
    most = 0.0
    for t in range(low, high):
        if not unseen[t] and history[t] > most:
            most = float(history[t])
    return most


@kernel
def _scan(
    history: NDArray[np.float32],
    unseen: NDArray[np.bool_],
    swing: Floats,
    group: Ints,
    start: int,
    mornings: Ints,
    score: Floats,
    since: Ints,
    usual: Floats,
    units: Floats,
    counted: Floats,
) -> None:
    n, days = history.shape
    total, squares = np.zeros(days + 1), np.zeros(days + 1)
    seen, sales = np.zeros(days + 1, np.int64), np.zeros(days + 1, np.int64)
    double = math.log(2.0)
    for i in range(n):
        born = _add_up(history[i], unseen[i], total, squares, seen, sales)
        first = max(start, born + LEAST_KNOWN_DAYS)
        if first >= mornings[-1]:
            continue
        year_ago = max(first - YEAR, born)
        lot = _lots(total, squares, year_ago, first)
        # One order larger than any before is a spike, no new level.
        most = max(_largest(history[i], unseen[i], year_ago, first), lot)
        rise = fall = 0.0
        rose_on = fell_on = first
        rise_base = fall_base = _rate(total, seen, lot, year_ago, first)
        quiet_from = first
        while quiet_from > born + 1 and sales[quiet_from] == sales[quiet_from - 1]:
            quiet_from -= 1
        row = group[i]
        place = np.searchsorted(mornings, first, side="right")
        for t in range(first, mornings[-1]):
            end = t + 1
            if sales[end] > sales[t]:
                quiet_from = end
            if seen[end] > seen[t]:
                evidence, common = min(float(history[i, t]), most) / lot * double, swing[row, t] / lot
                rise += evidence - rise_base * common
                fall += 0.5 * fall_base * common - evidence
                usually = _rate(total, seen, lot, max(end - YEAR, born), end)
                if rise <= 0.0:
                    rise, rose_on, rise_base = 0.0, end, usually
                if fall <= 0.0:
                    fall, fell_on, fall_base = 0.0, end, usually
            if end != mornings[place]:
                continue
            low, week_ago = max(quiet_from - YEAR, born), end - WEEK
            base = _rate(total, seen, lot, max(week_ago - YEAR, born), week_ago)
            expected = base * (seen[end] - seen[week_ago]) * swing[row, t]
            score[i, place, 0], since[i, place, 0], usual[i, place, 0] = rise, rose_on, rise_base
            score[i, place, 1], since[i, place, 1], usual[i, place, 1] = fall, fell_on, fall_base
            score[i, place, 2], since[i, place, 2] = _silence(seen, sales, low, quiet_from, end), quiet_from
            usual[i, place, 2] = _rate(total, seen, lot, low, quiet_from)
            score[i, place, 3] = _peak(total, expected, lot, max(week_ago - YEAR, born), end)
            since[i, place, 3], usual[i, place, 3] = week_ago, base
            for k in range(4):
                units[i, place, k] = total[end] - total[since[i, place, k]]
                counted[i, place, k] = float(seen[end] - seen[since[i, place, k]])
            place += 1
