"""Signing in and out: the right people get in, by one sentence the others do not."""

import pytest
from django.urls import reverse

from firstmove.domains.network import operations
from tests.cast import NOW

SIGN_IN = reverse("account:sign-in")


def enter(client, email, password, **more):
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def test_everybody_lands_on_the_first_page_of_their_audience(client, cast):
    for person, first in ((cast.buyer, "dealer:today"), (cast.admin, "enterprise:overview")):
        answer = enter(client, person.email.upper(), person.password)
        assert answer.url == reverse("account:home")
        assert client.get(answer.url).url == reverse(first)
        client.post(reverse("account:sign-out"))


def test_a_supplier_comes_to_its_orders_and_is_told_what_will_stand_there(client, cast):
    enter(client, cast.supplier.email, cast.supplier.password)
    client.cookies["django_language"] = "en"
    page = client.get("/", follow=True).content.decode()
    assert "When the enterprise, or a dealer that may order from you, sends an order, it stands here" in page
    assert "Bottle Maker" in page


@pytest.mark.parametrize(("email", "password"), [("buyer@example.com", "wrong"), ("nobody@example.com", "wrong")])
def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(client, cast, email, password):
    answer = enter(client, email, password, language="en")
    assert answer.status_code == 422
    client.cookies["django_language"] = "en"
    page = enter(client, email, password).content.decode()
    assert page.count("E-mail or password is wrong.") == 1
    assert "_auth_user_id" not in client.session


def test_who_left_does_not_get_in_and_an_open_session_ends(client, cast):
    enter(client, cast.buyer.email, cast.buyer.password)
    operations.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    assert client.get(reverse("account:profile")).url.startswith(SIGN_IN)
    assert enter(client, cast.buyer.email, cast.buyer.password).status_code == 422


def test_after_ten_wrong_passwords_even_the_right_one_waits_and_nobody_else_does(client, cast):
    client.cookies["django_language"] = "en"
    for _attempt in range(10):
        assert enter(client, cast.buyer.email, "wrong").status_code == 422
    refused = enter(client, cast.buyer.email.upper(), cast.buyer.password)
    assert refused.status_code == 429
    assert "Wait a quarter of an hour" in refused.content.decode()
    assert enter(client, cast.owner.email, cast.owner.password).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(client, cast):
    for _attempt in range(9):
        enter(client, cast.buyer.email, "wrong")
    assert enter(client, cast.buyer.email, cast.buyer.password).status_code == 302
    client.post(reverse("account:sign-out"))
    for _attempt in range(9):
        enter(client, cast.buyer.email, "wrong")
    assert enter(client, cast.buyer.email, cast.buyer.password).status_code == 302


def test_one_comes_to_the_page_that_was_asked_for(client, cast):
    wanted = client.get(reverse("account:profile")).url
    assert wanted == f"{SIGN_IN}?next=/profile/"
    assert enter(client, cast.buyer.email, cast.buyer.password, next="/profile/").url == "/profile/"


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "/enterprise/", "/nowhere/"])
def test_a_link_never_leads_out_of_the_house_or_into_another_audience(client, cast, wanted):
    assert enter(client, cast.buyer.email, cast.buyer.password, next=wanted).url == "/"


def test_signing_out_needs_a_post_and_ends_the_session(client, cast):
    enter(client, cast.buyer.email, cast.buyer.password)
    assert client.get(reverse("account:sign-out")).status_code == 405
    assert client.post(reverse("account:sign-out")).url == SIGN_IN
    assert client.get("/").url.startswith(SIGN_IN)


def test_signing_in_notes_the_time(client, cast):
    from firstmove.domains.network import queries
    from firstmove.kernel import tenancy

    enter(client, cast.buyer.email, cast.buyer.password)
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.user(user_id=cast.buyer.user_id).last_login is not None


def test_an_installation_that_holds_nothing_says_how_to_begin(client, db):
    client.cookies["django_language"] = "en"
    assert "firstmove init" in client.get(SIGN_IN).content.decode()
