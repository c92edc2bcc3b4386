"""An amount rounded to the smallest unit of its currency, and spread over its evidence without losing any of it.

Rounding every share for itself loses or makes cents. By the largest remainder (Hamilton's method, as seats are given to
parties) every share is rounded down, and the units that are left go one each to the shares that lost most.

Example: 10.00 over weights 1, 1, 1: 3.34, 3.33, 3.33. Units left go to the earlier of equal remainders.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

_NOTHING = Decimal(0)


class UnspreadableError(ValueError):
    """An amount that no evidence carries, or that is not made of whole units."""


def rounded(amount: Decimal, *, unit: Decimal) -> Decimal:
    """To whole units (.01 for cents, 1 for a currency without them), half up, and half away from zero below it.

    Example: 1.005 in units of .01 is 1.01.
    """
    return (amount / unit).to_integral_value(rounding=ROUND_HALF_UP) * unit


def spread(amount: Decimal, *, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Shares of `amount` in proportion to `weights`, row-aligned, in whole units; their sum is the amount exactly.

    A weight may be below zero (goods that came back carry off what they had brought), and every share lies within one
    unit of its exact proportion. An amount of zero is zero everywhere.

    Raises UnspreadableError where the weights come to nothing but the amount does not, or where the amount is not in
    whole units: round it first.
    """
    if amount % unit != 0:
        raise UnspreadableError(f"{amount} is not made of whole units of {unit}: round it first.")
    if amount == 0:
        return [_NOTHING * unit for _ in weights]
    whole = sum(weights, _NOTHING)
    if whole == 0:
        raise UnspreadableError(f"{amount} has no evidence to be spread over: the weights come to nothing.")
    exact = [amount / unit * weight / whole for weight in weights]
    units = [share.to_integral_value(rounding=ROUND_FLOOR) for share in exact]
    left = int(amount / unit - sum(units, _NOTHING))
    ranked = sorted(range(len(weights)), key=lambda i: (units[i] - exact[i], i))
    for i in ranked[:left]:
        units[i] += 1
    return [count * unit for count in units]
