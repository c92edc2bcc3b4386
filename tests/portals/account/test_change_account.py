"""What a person changes for themselves, and the language of the pages."""

import pytest
from django.urls import reverse

from firstmove.domains.network import queries
from firstmove.kernel import tenancy
from tests.cast import PASSWORD

PROFILE = reverse("account:profile")


def person_of(cast_member):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.user(user_id=cast_member.user_id)


def test_name_and_language_are_saved(cast, signed_in):
    client = signed_in(cast.buyer)
    entered = {"name": "林采购", "email": cast.buyer.email, "language": "zh-hans", "password": ""}
    assert client.post(PROFILE, entered).url == PROFILE
    assert (person_of(cast.buyer).name, person_of(cast.buyer).language) == ("林采购", "zh-hans")
    assert 'lang="zh-hans"' in client.get(PROFILE).content.decode()


def test_another_address_needs_the_password(cast, signed_in):
    client = signed_in(cast.buyer)
    entered = {"name": "Buyer", "email": "Other@Example.com", "language": "en", "password": "wrong"}
    refused = client.post(PROFILE, entered)
    assert refused.status_code == 422
    assert "This is not your password." in refused.content.decode()
    assert client.post(PROFILE, {**entered, "password": PASSWORD}).status_code == 302
    assert person_of(cast.buyer).email == "other@example.com"


@pytest.mark.parametrize("taken", ["owner", "rival", "admin"])
def test_an_address_that_somebody_has_is_refused_also_where_one_cannot_see_them(cast, signed_in, taken):
    entered = {"name": "Buyer", "email": getattr(cast, taken).email, "language": "en", "password": PASSWORD}
    refused = signed_in(cast.buyer).post(PROFILE, entered)
    assert refused.status_code == 422
    assert "Somebody already signs in" in refused.content.decode()


def test_changing_the_password_ends_other_sessions_and_keeps_this_one(cast, signed_in):
    here, elsewhere = signed_in(cast.buyer), signed_in(cast.buyer)
    answer = here.post(reverse("account:password"), {"old": PASSWORD, "new": "an ordinary long sentence"})
    assert answer.url == PROFILE
    assert here.get(PROFILE).status_code == 200
    assert elsewhere.get(PROFILE).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "said"), [("wrong", "x" * 20, "not your password"), (PASSWORD, "short", "short")]
)
def test_a_refused_password_is_explained(cast, signed_in, old, new, said):
    answer = signed_in(cast.buyer).post(reverse("account:password"), {"old": old, "new": new})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_language_switch_works_signed_out_and_stays(client, cast):
    page = client.get(reverse("account:sign-in"), headers={"accept-language": "en"}).content.decode()
    assert "Sign in" in page
    answer = client.post(reverse("account:language"), {"language": "zh-hans", "next": "/sign-in/"})
    assert answer.url == "/sign-in/"
    page = client.get("/sign-in/", headers={"accept-language": "en"}).content.decode()
    assert 'lang="zh-hans"' in page
    assert "登录" in page


def test_the_language_switch_is_saved_with_the_account(cast, signed_in):
    client = signed_in(cast.owner)
    client.post(reverse("account:language"), {"language": "zh-hans", "next": PROFILE})
    assert person_of(cast.owner).language == "zh-hans"
    assert 'lang="zh-hans"' in signed_in(cast.owner).get(PROFILE).content.decode()


def test_an_unknown_language_changes_nothing_and_leads_nowhere_else(cast, signed_in):
    answer = signed_in(cast.owner).post(reverse("account:language"), {"language": "tlh", "next": "//evil.example/"})
    assert answer.url == "/"
    assert person_of(cast.owner).language == "en"
