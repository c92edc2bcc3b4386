"""Amounts of money: decimals in the installation's currency, rounded half up to its smallest unit."""

from decimal import ROUND_HALF_UP, Decimal

_MINOR_UNITS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3}


def rounded(amount: Decimal | float, *, currency: str) -> Decimal:
    """To the currency's smallest unit: ``rounded(Decimal("1.005"), currency="CNY") == Decimal("1.01")``."""
    unit = Decimal(1).scaleb(-_MINOR_UNITS.get(currency, 2))
    return Decimal(str(amount)).quantize(unit, rounding=ROUND_HALF_UP)


def tax_within(amount: Decimal, *, rate: Decimal, currency: str) -> Decimal:
    """The tax that an amount includes, ``amount × rate / (1 + rate)``: 13.00 of 113.00 at a rate of 0.13."""
    return rounded(amount * rate / (1 + rate), currency=currency)
