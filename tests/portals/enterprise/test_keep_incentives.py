"""The enterprise's pages of incentives: what a programme costs, why a dealer earns what it earns, and who approves."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstmove.domains.incentives import operations, queries
from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY, Person
from tests.incentives.programmes import MONTH, deliver, goods, part, promise, settled
from tests.trade.orders import line, place

RULES = {
    "name": "Spring rebate",
    "basis": "placed",
    "steps": "1000 1%\n2000 3% 50",
    "mode": "retroactive",
    "effect": "rebate",
    "cadence": "month",
    "from_on": MONTH.isoformat(),
}


@pytest.fixture
def products(cast, settings, tmp_path):
    return goods(settings, tmp_path)


def text(client, name, *args, query=""):
    answer = client.get(reverse(f"enterprise:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_rules_show_what_they_would_have_cost_before_anything_is_promised(cast, products, signed_in, settings):
    day = MONTH.replace(year=MONTH.year - 1) + dt.timedelta(days=3)
    ordered = {"order": "A", "dealer": "D-1", "sku": "0001", "ordered_on": day, "quantity": 12.0, "price": 100.0}
    rows = [{**ordered, "line": "1"}, {**ordered, "line": "2", "dealer": "D-2", "quantity": 30.0}]
    Lake(settings.LAKE_ROOT).write(table="orders", rows=pl.DataFrame(rows), source="erp", batch_id="a")
    admin = signed_in(cast.admin)
    answer = admin.post(reverse("enterprise:programme-promising"), {**RULES, "preview": "1"})
    page = answer.content.decode()
    # 1 % of 1,200, and 3 % of 3,000 with 50 more.
    assert "Last year it would have cost $152" in page
    assert "$800" in page
    assert "Dealer One" in page
    with tenancy.scope(cast.admin.actor):
        assert queries.programmes(on=TODAY) == []
    answer = admin.post(reverse("enterprise:programme-promising"), RULES)
    assert answer.status_code == 302
    with tenancy.scope(cast.admin.actor):
        (made,) = queries.programmes(on=TODAY)
    assert [(str(step.threshold), step.rate, step.amount) for step in made.rules.steps] == [
        ("1000", Decimal("0.01"), 0),
        ("2000", Decimal("0.03"), 50),
    ]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("steps", "1000", "needs one share"),
        ("steps", "a lot 2%", "is no step"),
        ("steps", "2000 1%\n1000 2%", "These steps do not fit together"),
        ("skus", "0001, 4711", "No product has the code 4711"),
        ("dealers", "D-9", "No dealer has the code D-9"),
        ("until_on", "2026-12-31", "runs once has a last day"),
    ],
)
@pytest.mark.usefixtures("products")
def test_rules_that_cannot_hold_are_said_beside_their_field(cast, signed_in, field, value, said):
    answer = signed_in(cast.admin).post(reverse("enterprise:programme-promising"), {**RULES, field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_page_of_a_dealer_links_every_amount_to_its_order(cast, products, signed_in):
    promise(cast)
    order = place(cast, line(products["0001"], 15, "100"))
    deliver()
    page = text(signed_in(cast.admin), "incentive-part", part(cast).id)
    assert reverse("enterprise:order", args=[order.id]) in page
    assert "Dealer One has earned $15" in page
    assert "$500" in page


def test_a_period_is_settled_and_its_dispute_answered_on_the_pages(cast, products, signed_in):
    trade.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    programme_id = promise(cast)
    place(cast, line(products["0001"], 15, "100"))
    deliver()
    network.set_business_date(day=MONTH + dt.timedelta(days=40))
    admin = signed_in(cast.admin)
    assert "Settle this period?" in text(admin, "programme", programme_id)
    period_id = part(cast).period.id
    admin.post(reverse("enterprise:incentive-settlement", args=[period_id]))
    with tenancy.scope(cast.admin.actor):
        (made,), _count = queries.statements()
    assert "Dealer One gets $15" in text(admin, "rebate-statement", made.id)
    dispute_id = operations.dispute(actor=cast.buyer.actor, statement_id=made.id, words="Not <b>all</b>", now=NOW)
    assert made.number in text(admin, "rebate-statements")
    page = text(admin, "rebate-dispute", dispute_id)
    assert "Not &lt;b&gt;all&lt;/b&gt;" in page
    admin.post(reverse("enterprise:rebate-dispute-message", args=[dispute_id]), {"words": "It came in April"})
    with tenancy.scope(cast.buyer.actor):
        assert queries.dispute(dispute_id=dispute_id).state == "answered"


def test_an_adjustment_is_approved_by_another_person_on_the_pages(cast, products, signed_in):
    promise(cast)
    part_id = part(cast).id
    admin = signed_in(cast.admin)
    admin.post(reverse("enterprise:incentive-adjustment", args=[part_id]), {"amount": "40", "cause": "A fair"})
    assert "Yours: somebody else decides" in text(admin, "incentive-approvals")
    with tenancy.scope(cast.admin.actor):
        (asked,) = queries.adjustments(state="asked")
    decision = reverse("enterprise:incentive-adjustment-decision", args=[asked.id])
    admin.post(decision, {"decision": "approve"})
    assert part(cast).earned == 0
    user_id = network.add_user(email="c@example.com", name="Chan", role="channel", password="correct horse battery")
    signed_in(Person(user_id, "c@example.com", "", None)).post(decision, {"decision": "approve"})
    assert part(cast).earned == 40


def test_a_planner_reads_and_changes_nothing(cast, products, signed_in):
    programme_id = promise(cast)
    user_id = network.add_user(email="p@example.com", name="Pla", role="planner", password="correct horse battery")
    planner = signed_in(Person(user_id, "p@example.com", "", None))
    assert "Spring rebate" in text(planner, "incentives")
    assert planner.post(reverse("enterprise:programme-end", args=[programme_id])).status_code == 403
    refused = planner.post(reverse("enterprise:programme-promising"), {**RULES, "name": "Mine"})
    assert refused.status_code == 422


def test_tiers_are_ruled_and_set_by_hand_on_their_page(cast, products, signed_in):
    admin = signed_in(cast.admin)
    rule = {"name": "Gold", "rank": 1, "basis": "placed", "least_amount": "1000", "months": 12, "gives": "Fairs"}
    assert admin.post(reverse("enterprise:tier-rule"), rule).status_code == 302
    placing = {"dealer_id": cast.dealer_id, "tier": "Gold", "words": "Agreed in March"}
    assert admin.post(reverse("enterprise:tier-placing"), placing).status_code == 302
    page = text(admin, "tiers")
    assert "Agreed in March" in page
    assert "Orders placed from $1,000 on" in page
    refused = admin.post(reverse("enterprise:tier-rule"), {**rule, "name": "Silver"})
    assert refused.status_code == 422
    assert "Another tier has this rank" in refused.content.decode()


# Twelve of each count are every page's.
COUNTS = {
    "incentives": 22,
    "new-programme": 18,
    "programme": 24,
    "programme-rules": 30,
    "incentive-part": 22,
    "incentive-approvals": 17,
    "rebate-statements": 17,
    "rebate-statement": 17,
    "rebate-dispute": 17,
    "rebate-claim": 17,
    "tiers": 20,
}


def test_pages_cost_as_many_queries_as_written_down(cast, products, signed_in):
    given = settled(cast)
    promise(cast)
    place(cast, *(line(products["0001"], 1, "100") for _number in range(3)))
    deliver()
    arguments = {
        "programme": [given.programme_id],
        "programme-rules": [given.programme_id],
        "incentive-part": [part(cast).id],
        "rebate-statement": [given.statement_id],
        "rebate-dispute": [given.dispute_id],
        "rebate-claim": [given.claim_id],
    }
    admin = signed_in(cast.admin)
    cost = {}
    for name in COUNTS:
        with CaptureQueriesContext(connection) as asked:
            text(admin, name, *arguments.get(name, []))
        cost[name] = len(asked)
    assert {name: count for name, count in cost.items() if count > COUNTS[name]} == {}
