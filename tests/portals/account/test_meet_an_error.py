"""Errors as people meet them: gentle, in their language, without anything that is not theirs."""

import pytest
from django.test import Client
from django.urls import reverse

from firstmove.kernel.errors import Invalid


def test_health_says_ok_to_anybody(client, cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_page_that_does_not_exist(client, cast, signed_in):
    for visitor in (client, signed_in(cast.buyer)):
        answer = visitor.get("/nowhere/", headers={"accept-language": "en"})
        assert answer.status_code == 404
        assert "This page does not exist" in answer.content.decode()


def test_a_dealer_in_the_enterprises_rooms_sees_a_closed_door_and_no_data(cast, signed_in):
    answer = signed_in(cast.buyer).get(reverse("enterprise:overview"))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "This is not yours to see or do." in page
    assert "Rival Two" not in page


def test_the_enterprise_in_a_dealers_rooms_sees_a_closed_door(cast, signed_in):
    assert signed_in(cast.admin).get(reverse("dealer:today")).status_code == 403


def test_a_part_of_a_page_gets_a_problem_document(cast, signed_in):
    answer = signed_in(cast.buyer).get(reverse("enterprise:overview"), headers={"hx-request": "true"})
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "This is not yours to see or do."


@pytest.mark.parametrize("htmx", [True, False])
def test_bad_input_is_said_and_never_put_into_the_page(rf, cast, htmx):
    from types import SimpleNamespace

    from firstmove.kernel.tenancy import NOBODY
    from firstmove.portals.account.middleware import ProblemMiddleware

    request = rf.post("/")
    request.htmx, request.actor, request.user = htmx, NOBODY, SimpleNamespace(is_authenticated=False)
    problem = Invalid("This is no quantity: x", "Write digits.")
    answer = ProblemMiddleware(lambda _request: None).process_exception(request, problem)
    assert answer.status_code == 422
    assert (answer.get("HX-Reswap") == "none") is htmx
    assert "This is no quantity: x" in answer.content.decode()


def test_an_error_of_ours_says_that_nothing_was_half_saved(cast, monkeypatch):
    from firstmove.portals.account.views import home

    def broken(*_given, **_named):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(home, "redirect_to_login", broken)
    answer = Client(raise_request_exception=False).get("/", headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert "Nothing that you entered was half saved" in answer.content.decode()


def test_a_form_that_was_open_too_long_says_so(cast):
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()
