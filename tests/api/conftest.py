"""Programs of the cast: ``program(cast.buyer).get("/api/v1/orders")``."""

import pytest
from django.test import Client

from tests.portals.conftest import compiled_catalogue, plain_static  # noqa: F401 (fixtures)


@pytest.fixture
def program():
    """A client with the session of a person, or of nobody, whose unexpected errors are answers."""
    from django.contrib.auth import get_user_model

    from firstmove.kernel import tenancy

    def client_of(person=None, *, checks_csrf: bool = False) -> Client:
        client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
        if person is not None:
            with tenancy.scope(tenancy.SYSTEM):
                client.force_login(get_user_model().objects.get(id=person.user_id))
        return client

    return client_of


@pytest.fixture
def keyed():
    """A client with a key of a person: ``keyed(cast.buyer, "orders:read").get(…)``. CSRF is checked: it has no say."""
    from django.utils import timezone

    from firstmove.domains.network import keys

    def client_of(person, *scopes: str, **options) -> Client:
        issued = keys.issue(actor=person.actor, name="Till", scopes=scopes, days=30, now=timezone.now(), **options)
        return Client(
            raise_request_exception=False,
            enforce_csrf_checks=True,
            headers={"Authorization": f"Bearer {issued.token}"},
        )

    return client_of


@pytest.fixture
def refused():
    """Assert that an answer is a problem document of a status; returns its members."""

    def check(response, status: int) -> dict:
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == status
        assert problem["type"].startswith("urn:firstmove:problem:")
        assert problem["title"]
        return problem

    return check
