"""A stranger who names the host of a request gains no link, no letter and no place to go."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from firstmove.domains.network import operations
from firstmove.domains.reminders import operations as reminders
from firstmove.kernel.errors import NotFound


def forget(client, email, host):
    answer = client.post(reverse("account:forgot"), {"email": email}, headers={"host": host})
    reminders.send_all(now=timezone.now())
    return answer


def test_a_stranger_cannot_have_a_letter_sent_with_a_link_to_the_strangers_host(client, cast, settings):
    """The link in the letter led to the host of whoever asked for it, who then had the token."""
    settings.ALLOWED_HOSTS = ["*"]
    answer = forget(client, cast.owner.email, "evil.example.net")
    assert (answer.status_code, mail.outbox) == (200, [])


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "orders.example.com"])
def test_letters_go_out_from_this_machine_and_from_hosts_that_are_named(client, cast, settings, host):
    settings.ALLOWED_HOSTS = ["*", "orders.example.com"]
    forget(client, cast.owner.email, host)
    assert f"http://{host}/set-password/" in mail.outbox[0].body


def test_with_an_origin_every_letter_leads_there(client, cast, settings):
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["*"], ["https://orders.example.com"]
    forget(client, cast.owner.email, "evil.example.net")
    assert "https://orders.example.com/set-password/" in mail.outbox[0].body


@pytest.mark.parametrize(
    "wanted", ["https://evil.example.net/", "//evil.example.net/", "javascript:alert(1)", "/x/\\y"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, cast, wanted):
    entered = {"email": cast.buyer.email, "password": cast.buyer.password, "next": wanted}
    assert client.post(reverse("account:sign-in"), entered).url == "/"


def test_a_session_that_ended_leads_back_to_a_page_and_not_to_an_act(client, cast):
    """After signing in again, the person stood before "method not allowed"."""
    answer = client.post("/dealer/proposals/1/confirmation/")
    assert answer.url == "/sign-in/?next=/"


def test_nobody_can_be_added_before_there_is_an_enterprise(db):
    """Their every page was a server error."""
    with pytest.raises(NotFound, match="not initialised"):
        operations.add_user(email="first@example.com", name="First", role="admin", password=None)
