"""The pages of the order plan: figures sent, answered, and kept when somebody else was quicker."""

import pytest
from django.urls import reverse

from firstmove.domains.planning import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY


@pytest.fixture
def rolled(scene):
    operations.roll(now=NOW)
    return scene


def plan_of(dealer_id):
    with tenancy.scope(SYSTEM):
        plan = queries.order_plan(dealer_id=dealer_id)
        return plan, queries.plan_cells(plan=plan, today=TODAY)


def test_a_dealer_without_a_plan_reads_what_will_stand_there(cast, signed_in):
    answer = signed_in(cast.buyer).get(reverse("dealer:plan"))
    assert answer.status_code == 200
    assert "No plan yet" in answer.content.decode()
    assert "No plan yet" in signed_in(cast.admin).get(reverse("enterprise:order-plans")).content.decode()


def test_a_buyer_changes_a_figure_and_the_enterprise_agrees_to_it(rolled, signed_in):
    buyer, manager, dealer = signed_in(rolled.cast.buyer), signed_in(rolled.cast.admin), rolled.cast.dealer_id
    plan, cells = plan_of(dealer)
    page = buyer.get(reverse("dealer:plan")).content.decode()
    assert page.count('name="amount-') == 39
    sent = {f"amount-{cell.id}": str(round(cell.amount)) for cell in cells}
    sent |= {f"amount-{cells[3].id}": "1,234", "version": plan.version, "note": "A new shop opens"}
    assert buyer.post(reverse("dealer:plan-changes"), sent).status_code == 302
    listed = manager.get(reverse("enterprise:order-plans"), {"state": "changed"}).content.decode()
    assert "Dealer One" in listed
    assert "A new shop opens" in listed
    assert "Dealer One" not in manager.get(reverse("enterprise:order-plans"), {"state": "agreed"}).content.decode()
    assert "order-plans/?state=changed" in manager.get(reverse("enterprise:overview")).content.decode()
    compared = manager.get(reverse("enterprise:order-plan", args=[dealer])).content.decode()
    assert 'value="1234"' in compared
    version = plan_of(dealer)[0].version
    done = manager.post(reverse("enterprise:order-plan-agreement", args=[dealer]), {"version": version})
    assert done.status_code == 302
    plan, cells = plan_of(dealer)
    assert (plan.state, cells[3].agreed) == ("agreed", 1234.0)
    assert sum(cell.dealer is not None for cell in cells) == 1


def test_a_counter_is_news_to_the_dealer_who_agrees_to_it(rolled, signed_in):
    buyer, manager, dealer = signed_in(rolled.cast.buyer), signed_in(rolled.cast.admin), rolled.cast.dealer_id
    plan, cells = plan_of(dealer)
    assert "Your order plan waits for your answer" in buyer.get(reverse("dealer:today")).content.decode()
    sent = {f"amount-{cells[0].id}": "7", "version": plan.version, "note": "Less until the line is mended"}
    manager.post(reverse("enterprise:order-plan-changes", args=[dealer]), sent)
    today = buyer.get(reverse("dealer:today")).content.decode()
    assert "The enterprise answered your order plan" in today
    assert "Less until the line is mended" in today
    buyer.post(reverse("dealer:plan-agreement"), {"version": plan_of(dealer)[0].version})
    assert plan_of(dealer)[1][0].agreed == 7.0
    assert "The enterprise answered" not in buyer.get(reverse("dealer:today")).content.decode()


def test_who_was_slower_keeps_what_was_typed_and_reads_who_was_quicker(rolled, signed_in):
    dealer = rolled.cast.dealer_id
    owner, buyer = signed_in(rolled.cast.owner), signed_in(rolled.cast.buyer)
    plan, cells = plan_of(dealer)
    name = f"amount-{cells[0].id}"
    owner.post(reverse("dealer:plan-changes"), {name: "111", "version": plan.version})
    answer = buyer.post(reverse("dealer:plan-changes"), {name: "222", "version": plan.version})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Owner changed this plan while you looked at it." in page
    assert 'value="222"' in page
    # The page now knows the latest version: sent again, it is taken.
    again = buyer.post(reverse("dealer:plan-changes"), {name: "222", "version": plan_of(dealer)[0].version})
    assert again.status_code == 302
    assert plan_of(dealer)[1][0].dealer == 222.0


@pytest.mark.parametrize("text", ["many", "-5", "1e400", "NaN"])
def test_what_is_no_amount_is_refused_in_words_and_stays_in_its_field(rolled, signed_in, text):
    plan, cells = plan_of(rolled.cast.dealer_id)
    sent = {f"amount-{cells[0].id}": text, "version": plan.version}
    answer = signed_in(rolled.cast.buyer).post(reverse("dealer:plan-changes"), sent)
    assert answer.status_code == 422
    assert f'value="{text}"' in answer.content.decode()
    assert plan_of(rolled.cast.dealer_id)[0].state == "proposed"


def test_one_category_stands_alone_for_a_phone(rolled, signed_in):
    page = signed_in(rolled.cast.buyer).get(reverse("dealer:plan"), {"category": "Tea"}).content.decode()
    assert page.count('name="amount-') == 13
    assert 'name="category" value="Tea"' in page


def test_production_reads_units_of_each_category_and_each_week(rolled, signed_in):
    manager = signed_in(rolled.cast.admin)
    whole = manager.get(reverse("enterprise:order-plan-categories")).content.decode()
    assert all(category in whole for category in ("Tea", "Water", "Paper"))
    tea = manager.get(reverse("enterprise:order-plan-categories"), {"category": "Tea"}).content.decode()
    assert "<h1>Tea</h1>" in tea
    assert tea.count("<tr>") >= 13
    assert "Paper" not in tea


def test_the_rival_finds_no_plan_of_the_dealer(rolled, signed_in):
    plan, cells = plan_of(rolled.cast.dealer_id)
    rival = signed_in(rolled.cast.rival)
    sent = {f"amount-{cells[0].id}": "5", "version": plan.version}
    assert rival.post(reverse("dealer:plan-changes"), sent).status_code == 404
    assert f"amount-{cells[0].id}" not in rival.get(reverse("dealer:plan")).content.decode()
    assert plan_of(rolled.cast.dealer_id) == (plan, cells)
