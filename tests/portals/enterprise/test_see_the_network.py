"""The channel manager's morning: what waits, who runs out, what to do next; everything to read, nothing to guess."""

import pytest
from django.urls import reverse

from firstmove.domains.planning import operations as planning
from firstmove.domains.planning import queries as planning_queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY


def page(client, name, *given, **query):
    answer = client.get(reverse(f"enterprise:{name}", args=given), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def admin(scene, signed_in):
    return signed_in(scene.cast.admin)


def test_before_the_first_plan_the_first_page_says_how_to_begin(cast, signed_in):
    assert "First, take in your data" in page(signed_in(cast.admin), "overview")


def test_every_list_that_is_empty_teaches_what_will_stand_there(cast, signed_in):
    client = signed_in(cast.admin)
    for name, taught in (
        ("orders", "When a dealer confirms"),
        ("runs", "runs by itself each night"),
        ("batches", "firstmove intake FOLDER"),
    ):
        assert taught in page(client, name)


def test_the_headline_counts_who_has_not_confirmed(admin, scene):
    assert "2 dealers have not confirmed today&#x27;s orders" in page(admin, "overview")
    planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    assert "1 dealer has not confirmed today&#x27;s order" in page(admin, "overview")


def test_the_first_page_names_the_dealers_at_risk_with_the_next_act(admin, scene):
    shown = page(admin, "overview")
    assert "Dealer One" in shown
    assert "Remind the dealer" in shown
    assert "waits for confirmation" in shown


def test_a_dealer_without_people_is_named_and_the_link_opens_the_invitation_for_it(admin, scene):
    from firstmove.domains.network import operations

    operations.leave(actor=scene.cast.admin.actor, user_id=scene.cast.rival.user_id, now=NOW)
    shown = page(admin, "overview")
    assert "1 dealer has nobody who can sign in" in shown
    assert f"{reverse('enterprise:new-user')}?dealer={scene.cast.rival_id}" in shown
    form = page(admin, "new-user", dealer=scene.cast.rival_id)
    assert f'<option value="{scene.cast.rival_id}" selected>' in form


def test_what_rests_on_assumptions_is_marked(admin, scene):
    assert "assumed" in page(admin, "dealer", scene.cast.rival_id)
    assert "What was assumed" in page(admin, "run", _latest_run())


def _latest_run():
    with tenancy.scope(tenancy.SYSTEM):
        return planning_queries.latest_run().id


def test_dealers_are_found_sorted_and_chosen_by_state(admin, scene):
    assert "Rival Two" not in page(admin, "dealers", q="dealer o")
    by_name = page(admin, "dealers", sort="name")
    assert by_name.index("Dealer One") < by_name.index("Rival Two")
    down = page(admin, "dealers", sort="-name")
    assert down.index("Rival Two") < down.index("Dealer One")
    assert "No dealer fits" in page(admin, "dealers", state="rejected")
    planning.reject(actor=scene.cast.rival.actor, proposal_id=scene.rival_proposal_id, cause="no_cash", now=NOW)
    rejected = page(admin, "dealers", state="rejected")
    assert "Rival Two" in rejected
    assert "Dealer One" not in rejected


def test_a_dealers_page_shows_its_lines_with_reasons_and_no_button_to_decide(admin, scene):
    shown = page(admin, "dealer", scene.cast.dealer_id)
    assert "waits for the dealer" in shown
    assert "sell in four weeks" in shown
    assert "Buyer" in shown
    every = page(admin, "proposal", scene.cast.dealer_id, scene.proposal_id)
    assert "Oolong tea" in every
    assert "confirmation/" not in every


def test_a_proposal_is_found_only_below_its_own_dealer(admin, scene):
    wrong = reverse("enterprise:proposal", args=[scene.cast.rival_id, scene.proposal_id])
    assert admin.get(wrong).status_code == 404


def test_without_consent_the_enterprise_sees_how_many_customers_there_are_and_not_who(admin, scene):
    from firstmove.domains.customers import operations as customers

    customers.upsert_customers(
        rows=[
            {"dealer": "D-1", "code": "C-1", "name": "Corner Shop", "kind": "store"},
            {"dealer": "D-1", "code": "C-2", "name": "Ms Secret", "kind": "person"},
        ]
    )
    shown = page(admin, "dealer", scene.cast.dealer_id)
    assert "You see sums only" in shown
    assert "Persons" in shown
    assert "Ms Secret" not in shown


def test_an_order_appears_with_its_steps_as_soon_as_it_is_confirmed(admin, scene):
    order_id = planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW).order_id
    listed = page(admin, "orders")
    assert "1 order today" in listed
    assert "Dealer One" in listed
    shown = page(admin, "order", order_id)
    assert 'aria-current="step"' in shown
    assert "Awaiting receipt" in shown
    assert reverse("enterprise:proposal", args=[scene.cast.dealer_id, scene.proposal_id]) in shown
    assert "No order fits" in page(admin, "orders", q="nowhere")


def test_products_are_found_by_code_pinyin_and_state(admin, scene):
    assert "乌龙茶" in page(admin, "products", q="wlc")
    assert "000007" in page(admin, "products", q="000007")
    assert "000030" not in page(admin, "products")
    unlisted = page(admin, "products", state="unlisted")
    assert "000030" in unlisted
    assert "000007" not in unlisted


def test_a_products_page_puts_the_dealer_first_that_runs_out_first(admin, scene):
    shown = page(admin, "product", scene.products["000001"])
    assert "Dealers who sell it" in shown
    assert shown.index("Dealer One") < shown.index("Rival Two")  # Dealer One has counted none
    assert "Bottle Maker" in shown


def test_a_run_says_what_it_knew_assumed_and_proposed(admin, scene):
    shown = page(admin, "run", _latest_run())
    assert "Looked at" in shown
    assert "Sales" in shown
    assert "version" in shown


def test_a_page_beyond_the_last_is_the_last(admin, scene):
    assert "Dealer One" in page(admin, "dealers", page="99")
    assert "Dealer One" in page(admin, "dealers", page="-1")
    assert "Dealer One" in page(admin, "dealers", page="x")


@pytest.mark.parametrize("name", ["dealer", "order", "product", "run", "batch"])
def test_what_does_not_exist_is_a_gentle_page(admin, name):
    answer = admin.get(reverse(f"enterprise:{name}", args=[999999]))
    assert answer.status_code == 404
    assert "There is nothing here." in answer.content.decode()


PAGES = ["overview", "dealers", "orders", "products", "runs", "batches", "users", "new-user"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_speaks_chinese(scene, signed_in, name):
    from firstmove.domains.network import operations

    operations.set_language(actor=scene.cast.admin.actor, language="zh-hans")
    shown = page(signed_in(scene.cast.admin), name)
    assert 'lang="zh-hans"' in shown
    for english in ("Dealers", "Amount", "Expected", "Invite", "Search"):
        assert english not in shown


@pytest.mark.parametrize("name", PAGES)
def test_no_page_opens_to_a_dealer_a_supplier_or_somebody_signed_out(scene, signed_in, client, name):
    address = reverse(f"enterprise:{name}")
    for person in (scene.cast.owner, scene.cast.supplier):
        answer = signed_in(person).get(address)
        assert answer.status_code == 403
        assert "Rival Two" not in answer.content.decode()
    assert client.get(address).url.startswith(reverse("account:sign-in"))


def test_the_day_is_the_business_day(admin):
    assert TODAY.strftime("%Y") in page(admin, "overview")
