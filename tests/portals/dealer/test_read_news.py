"""What is late is told with the act that helps: ours are confirmed here, another system's come by its files."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from firstmove.domains.trade.queries import OrderView
from firstmove.kernel import tenancy
from firstmove.portals.dealer.news import news
from tests.cast import NOW, TODAY


def late(origin_kind: str) -> OrderView:
    return OrderView(
        id=1,
        number="1001",
        buyer_dealer_id=1,
        buyer_name="Dealer One",
        state="in_transit",
        currency="USD",
        amount=Decimal(10),
        line_count=1,
        price_assumed=False,
        ordered_on=TODAY - dt.timedelta(days=9),
        expected_on=TODAY,
        received_on=None,
        origin_kind=origin_kind,
        origin_id=None,
        automatic=False,
        changed_at=NOW,
    )


@pytest.mark.parametrize(("origin_kind", "act"), [("proposal", "Confirm what came"), ("feed", "comes with the files")])
def test_a_late_order_says_who_confirms_its_receipt(cast, origin_kind, act):
    with tenancy.scope(cast.buyer.actor), translation.override("en"):
        told = news(
            dealer_id=cast.dealer_id,
            on=TODAY,
            currency="USD",
            proposal=None,
            recent_orders=[late(origin_kind)],
            since=NOW,
        )
    assert act in told[0].text
