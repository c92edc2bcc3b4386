"""Minimum, multiple and carton are three rules; a quantity keeps all of them and says which one changed it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations, queries
from firstmove.domains.catalog.quantities import order_step, snap
from firstmove.kernel import tenancy


@pytest.mark.parametrize(
    ("asked", "rules", "quantity", "because"),
    [
        (12, {"carton": 24}, 24, ("carton",)),
        (24, {"carton": 24}, 24, ()),
        (5, {"minimum": 10}, 10, ("minimum",)),
        (7, {"multiple": 6}, 12, ("multiple",)),
        (5, {"minimum": 10, "multiple": 6}, 12, ("minimum", "multiple")),
        (7, {"multiple": 6, "carton": 24}, 24, ("multiple", "carton")),
        # 18 would be whole sixes; whole cartons of four as well are 24.
        (13, {"multiple": 6, "carton": 4}, 24, ("multiple", "carton")),
        (11, {"multiple": 6, "carton": 4}, 12, ("multiple",)),
        (0, {"minimum": 10, "carton": 24}, 0, ()),
        (-3, {"minimum": 10}, 0, ()),
    ],
)
def test_a_quantity_says_which_rule_raised_it(asked, rules, quantity, because):
    snapped = snap(asked, **rules)
    assert (snapped.quantity, snapped.rules) == (quantity, because)


@settings(max_examples=60)
@given(asked=st.integers(1, 5000), minimum=st.integers(1, 300), multiple=st.integers(1, 40), carton=st.integers(1, 40))
def test_what_is_ordered_keeps_all_three_rules_and_is_the_least_that_does(asked, minimum, multiple, carton):
    rules = {"minimum": minimum, "multiple": multiple, "carton": carton}
    snapped = snap(asked, **rules)
    least = next(
        units for units in range(max(asked, minimum), 10_000_000) if units % multiple == 0 and units % carton == 0
    )
    assert snapped.quantity == least
    assert bool(snapped.rules) == (least != asked)
    assert snap(least, **rules).rules == ()


def test_a_plan_proposes_whole_cartons_of_what_is_sold_in_them(cast):
    operations.upsert_products(rows=[{"sku": "0001", "name": "Green tea", "multiple": 6, "carton": 4, "pack": 100}])
    with tenancy.scope(cast.buyer.actor):
        (shown,), _count = queries.products()
        (planned,) = queries.plan_products()
    assert shown.order_step == planned.multiple == order_step(multiple=6, carton=4) == 12
