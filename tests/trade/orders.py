"""Orders as these tests place them."""

from decimal import Decimal

from firstmove.domains.trade import operations
from tests.cast import NOW, TODAY


def line(product_id, quantity=10, price="20"):
    return operations.NewLine(product_id, Decimal(quantity), Decimal(price))


def place(cast, *lines, who="buyer", **options):
    """By Dealer One's buyer, unless said otherwise."""
    actor = getattr(cast, who).actor
    given = {
        "actor": actor,
        "buyer_dealer_id": actor.dealer_id,
        "origin": ("cart", None),
        "currency": "USD",
        "ordered_on": TODAY,
        "expected_on": None,
        "now": NOW,
    }
    return operations.place(lines=lines, **(given | options))
