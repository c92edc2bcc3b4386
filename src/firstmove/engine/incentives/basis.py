"""What a programme's steps are measured by where they are shares: growth over a year before, advice taken up."""

from decimal import Decimal


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
