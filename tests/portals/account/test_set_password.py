"""A forgotten password and an invitation, from the letter to the first page."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from firstmove.domains.network import operations
from firstmove.domains.reminders import operations as reminders

NEW_PASSWORD = "an ordinary long sentence"


def link_in(letter):
    return re.search(r"https?://\S+", letter.body).group()


def forget(client, email, **given):
    """Ask for a letter, and let the worker send it."""
    client.cookies["django_language"] = "en"
    answer = client.post(reverse("account:forgot"), {"email": email}, **given)
    reminders.send_all(now=timezone.now())
    return answer


def test_a_forgotten_password_full_circle(client, cast):
    page = forget(client, "Buyer@example.com").content.decode()
    assert "Look into your mail" in page
    link = link_in(mail.outbox[0])
    assert "Choose a new password" in client.get(link).content.decode()
    assert client.post(link, {"password": NEW_PASSWORD}).url == "/"
    assert client.get("/").url == reverse("dealer:today")
    client.post(reverse("account:sign-out"))
    entered = {"email": cast.buyer.email, "password": NEW_PASSWORD}
    assert client.post(reverse("account:sign-in"), entered).url == "/"


def test_an_unknown_address_gets_the_same_page_and_no_letter(client, cast):
    known = forget(client, cast.buyer.email).content.decode().replace(cast.buyer.email, "…")
    unknown = forget(client, "nobody@example.com").content.decode().replace("nobody@example.com", "…")
    assert _without_token(known) == _without_token(unknown)
    assert [letter.to for letter in mail.outbox] == [[cast.buyer.email]]


def _without_token(page):
    return re.sub(r'value="\w{64}"|"X-CSRFToken": "\w+"', "", page)


def test_a_mailbox_is_not_filled_with_letters(client, cast):
    for _time in range(6):
        assert forget(client, cast.buyer.email).status_code == 200
    assert len(mail.outbox) == 3


def test_a_link_works_once_and_a_mistyped_one_never(client, cast):
    forget(client, cast.buyer.email)
    link = link_in(mail.outbox[0])
    client.post(link, {"password": NEW_PASSWORD})
    client.post(reverse("account:sign-out"))
    for gone in (link, "/set-password/MQ/wrong-token/", "/set-password/%F0%9F%92%A5/x/"):
        answer = client.get(gone)
        assert answer.status_code == 410
        assert reverse("account:forgot") in answer.content.decode()


def test_a_weak_password_is_explained_beside_its_field(client, cast):
    forget(client, cast.buyer.email)
    answer = client.post(link_in(mail.outbox[0]), {"password": "password"})
    assert answer.status_code == 422
    assert "too short" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_letter_speaks_the_persons_language(client, cast):
    operations.set_language(actor=cast.buyer.actor, language="zh-hans")
    forget(client, cast.buyer.email)
    assert "重新设置" in mail.outbox[0].subject


def test_the_link_names_the_installations_own_origin(client, cast, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://orders.example.com"]
    forget(client, cast.buyer.email, headers={"host": "evil.example"})
    assert link_in(mail.outbox[0]).startswith("https://orders.example.com/set-password/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_invited_person_is_welcomed_by_name(client, cast, language):
    user_id = operations.invite(
        actor=cast.admin.actor,
        email="new@example.com",
        name="New Buyer",
        role="buyer",
        dealer_id=cast.dealer_id,
        language=language,
    )
    uid, token = operations.password_link(actor=cast.admin.actor, user_id=user_id)
    link = reverse("account:set-password", kwargs={"uid": uid, "token": token})
    page = client.get(link).content.decode()
    assert f'lang="{language}"' in page
    assert "New Buyer" in page
    assert client.post(link, {"password": NEW_PASSWORD}).url == "/"
