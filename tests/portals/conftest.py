"""Pages as people open them: source static files, the catalogue as it is now, a client for each of the cast."""

import sys
from pathlib import Path

import pytest
from django.test import Client

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))


@pytest.fixture(scope="session", autouse=True)
def compiled_catalogue():
    import messages

    messages.compile_catalogue()


@pytest.fixture(autouse=True)
def plain_static(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def signed_in():
    """A client in which a person of the cast is signed in: ``signed_in(cast.buyer).get("/dealer/")``."""
    from django.contrib.auth import get_user_model

    from firstmove.kernel import tenancy

    def client_of(person) -> Client:
        client = Client()
        with tenancy.scope(tenancy.SYSTEM):
            client.force_login(get_user_model().objects.get(id=person.user_id))
        return client

    return client_of
