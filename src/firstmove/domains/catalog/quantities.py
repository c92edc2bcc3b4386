"""The quantity that can be ordered in place of one that was asked for: minimum, multiple and carton are three rules."""

import math
from dataclasses import dataclass

# More units than anybody means, and far from what a column of the database holds.
MOST_UNITS = 1_000_000


@dataclass(frozen=True)
class Snapped:
    """Units. `rules` names those that raised the quantity: "minimum", "multiple", "carton"; empty where none did."""

    asked: int
    quantity: int
    rules: tuple[str, ...] = ()


def order_step(*, multiple: int, carton: int) -> int:
    """The step in which a product is ordered: whole multiples that are whole cartons too.

    >>> order_step(multiple=6, carton=1), order_step(multiple=6, carton=4)
    (6, 12)
    """
    return math.lcm(multiple, carton)


def snap(asked: int, *, minimum: int = 1, multiple: int = 1, carton: int = 1) -> Snapped:
    """The least quantity from `asked` on that keeps all three rules; nothing asked is nothing ordered.

    >>> snap(12, carton=24)
    Snapped(asked=12, quantity=24, rules=('carton',))
    >>> snap(5, minimum=10, multiple=6)
    Snapped(asked=5, quantity=12, rules=('minimum', 'multiple'))
    """
    if asked <= 0:
        return Snapped(asked, 0)
    rules = []
    reached = max(asked, minimum)
    if reached > asked:
        rules.append("minimum")
    in_multiples = _up(reached, multiple)
    if in_multiples > reached:
        rules.append("multiple")
    quantity = _up(reached, order_step(multiple=multiple, carton=carton))
    if quantity > in_multiples:
        rules.append("carton")
    return Snapped(asked, quantity, tuple(rules))


def _up(quantity: int, step: int) -> int:
    return -(-quantity // step) * step
