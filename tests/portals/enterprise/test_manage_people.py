"""Inviting people, giving them a link, ending and restoring their access."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from firstmove.domains.network import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW

USERS, NEW, INVITE = (reverse(f"enterprise:{name}") for name in ("users", "new-user", "invitation"))


def entered(cast, **changes):
    return {
        "name": "New Buyer",
        "email": "new@example.com",
        "role": "buyer",
        "dealer_id": cast.dealer_id,
        "supplier_id": "",
        "language": "en",
        **changes,
    }


def test_an_invitation_full_circle(cast, signed_in, client):
    admin = signed_in(cast.admin)
    shown = admin.post(INVITE, entered(cast), follow=True).content.decode()
    link = re.search(r'value="(http://testserver/set-password/[^"]+)"', shown).group(1)
    assert mail.outbox[0].to == ["new@example.com"]
    assert link in mail.outbox[0].body
    assert client.post(link, {"password": "an ordinary long sentence"}).url == "/"
    assert client.get("/").url == reverse("dealer:today")
    listed = admin.get(USERS, {"q": "new@"}).content.decode()
    assert "Dealer One" in listed
    assert "active" in listed


def test_the_link_is_shown_once(cast, signed_in):
    admin = signed_in(cast.admin)
    admin.post(INVITE, entered(cast))
    first = admin.get(reverse("enterprise:link"))
    assert first["Cache-Control"] == "no-store"
    assert admin.get(reverse("enterprise:link")).url == USERS


def test_without_a_mail_server_the_page_says_to_pass_the_link_on(cast, signed_in, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    shown = signed_in(cast.admin).post(INVITE, entered(cast), follow=True).content.decode()
    assert "No mail server is set up" in shown


def test_a_mail_server_that_fails_loses_no_invitation(cast, signed_in, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    shown = signed_in(cast.admin).post(INVITE, entered(cast), follow=True).content.decode()
    assert "/set-password/" in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dealer_id": ""}, "Choose the dealer this person works for."),
        ({"role": "supplier", "dealer_id": ""}, "Choose the supplier this person works for."),
        ({"email": "owner@example.com"}, "Somebody already signs in as owner@example.com."),
        ({"email": "no address"}, "valid email"),
        ({"role": "king"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nobody_is_made(cast, signed_in, changes, said):
    answer = signed_in(cast.admin).post(INVITE, entered(cast, **changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert mail.outbox == []


def test_a_colleague_of_the_enterprise_belongs_to_no_dealer_whatever_was_chosen(cast, signed_in):
    signed_in(cast.admin).post(INVITE, entered(cast, role="channel"))
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.users(search="new@")[0].dealer_id is None


def test_who_leaves_is_out_at_once_and_may_come_back(cast, signed_in):
    admin, buyer = signed_in(cast.admin), signed_in(cast.buyer)
    admin.post(reverse("enterprise:departure", args=[cast.buyer.user_id]))
    assert buyer.get("/profile/").status_code == 302
    admin.post(reverse("enterprise:return", args=[cast.buyer.user_id]))
    assert buyer.get("/profile/").status_code == 200


def test_the_last_administrator_is_told_why_not(cast, signed_in):
    answer = signed_in(cast.admin).post(reverse("enterprise:departure", args=[cast.admin.user_id]), follow=True)
    assert "The last administrator cannot leave." in answer.content.decode()


def test_a_channel_manager_sees_people_and_manages_none(cast, signed_in, client):
    operations.add_user(
        email="chan@example.com", name="Chan", role="channel", password=cast.admin.password, language="en"
    )
    client.post(reverse("account:sign-in"), {"email": "chan@example.com", "password": cast.admin.password})
    listed = client.get(USERS).content.decode()
    assert "An administrator invites people" in listed
    assert "End access" not in listed
    assert client.get(NEW).status_code == 403
    assert client.post(INVITE, entered(cast)).status_code == 422
    assert client.post(reverse("enterprise:departure", args=[cast.buyer.user_id])).status_code == 403
    assert client.post(reverse("enterprise:new-link", args=[cast.buyer.user_id])).status_code == 403
    assert mail.outbox == []


def test_a_new_link_for_somebody_who_left_is_not_made(cast, signed_in):
    operations.leave(actor=cast.admin.actor, user_id=cast.buyer.user_id, now=NOW)
    answer = signed_in(cast.admin).post(reverse("enterprise:new-link", args=[cast.buyer.user_id]))
    assert answer.status_code == 404
