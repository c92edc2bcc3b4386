"""Amounts by tax rate that add up: what goods of an order came to, and what of it stands at which rate."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from firstmove.kernel.money import rounded

Rate = Decimal | None


def by_rate(lines: Iterable[tuple[Rate, Decimal, Decimal]]) -> dict[Rate, Decimal]:
    """Exact sums by rate of lines (rate, units, price of a unit)."""
    sums: dict[Rate, Decimal] = {}
    for rate, units, price in lines:
        sums[rate] = sums.get(rate, Decimal(0)) + units * price
    return sums


def split(sums: Mapping[Rate, Decimal], *, currency: str) -> dict[Rate, Decimal]:
    """Each sum in the currency's smallest unit so that together they are their total, rounded once as an order's
    amount is; the largest carries what rounding leaves.

    Example: 10.004 at 13 % and 5.004 at 9 % are 15.01 together: 10.01 and 5.00.
    """
    parts = {rate: rounded(amount, currency=currency) for rate, amount in sums.items()}
    left = rounded(sum(sums.values(), Decimal(0)), currency=currency) - sum(parts.values(), Decimal(0))
    if left:
        # The highest rate of two that are equally large, so that the answer is always the same.
        largest = max(sums, key=lambda rate: (sums[rate], -1 if rate is None else rate))
        parts[largest] += left
    return parts


def shared(amount: Decimal, sums: Mapping[Rate, Decimal], *, currency: str) -> dict[Rate, Decimal]:
    """An amount spread over rates as `sums` are; all of it at a rate that is not known where there is nothing."""
    total = sum(sums.values(), Decimal(0))
    if not total:
        return {None: amount}
    return split({rate: amount * part / total for rate, part in sums.items()}, currency=currency)
