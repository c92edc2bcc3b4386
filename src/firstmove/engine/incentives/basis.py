"""What a programme counts: growth over the same period a year before, the share of advice taken up, points.

Each is one number of one dealer and one period; what goes into it (which orders, which products) is the programme's
scope and known to whoever calls.
"""

from decimal import ROUND_FLOOR, Decimal


def growth_amount(*, now: Decimal, year_before: Decimal, wanted: Decimal = Decimal(0)) -> Decimal:
    """What was bought beyond the same period a year before, raised by the share `wanted`; never below zero.

    now - year before × (1 + wanted). A dealer without a year before grows by all that it buys; a programme that does
    not mean that leaves such dealers out of its scope.

    Example: 130,000 against 100,000 with a wanted growth of .1: 20,000.
    """
    return max(now - max(year_before, Decimal(0)) * (1 + wanted), Decimal(0))


def growth_share(*, now: Decimal, year_before: Decimal) -> Decimal | None:
    """Growth as a share of the year before; None where nothing was bought then: growth from nothing has no share.

    Example: 130,000 against 100,000: .3.
    """
    return None if year_before <= 0 else now / year_before - 1


def growth_threshold(*, share: Decimal, year_before: Decimal) -> Decimal:
    """The amount that has to be bought for a growth of `share`, so that a share can be told as money.

    Example: a growth of .1 over 100,000 takes 110,000.
    """
    return max(year_before, Decimal(0)) * (1 + share)


def share_taken(*, proposed: int, taken: int) -> Decimal | None:
    """The share of proposed lines that were taken up, as proposed or changed; None where nothing was proposed.

    Raises ValueError where more was taken than proposed.

    Example: 46 of 50 lines: .92.
    """
    if not 0 <= taken <= proposed:
        raise ValueError(f"{taken} of {proposed} lines cannot have been taken.")
    return None if proposed == 0 else Decimal(taken) / Decimal(proposed)


def points(*, amount: Decimal, money_a_point: Decimal) -> int:
    """Whole points for an amount of money: one for every `money_a_point`; none below zero, parts are not carried.

    Raises ValueError where a point costs nothing.

    Example: 1,290 at 100 a point: 12.
    """
    if money_a_point <= 0:
        raise ValueError(f"A point is earned by an amount above zero, not by {money_a_point}.")
    return int((max(amount, Decimal(0)) / money_a_point).to_integral_value(rounding=ROUND_FLOOR))
