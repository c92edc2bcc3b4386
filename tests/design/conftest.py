"""Pages rendered from source files: no collected static files, and the catalogue compiled as it is now."""

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))


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
def page(rf):
    """Render a piece of a page as an author writes it, at an address, in a language."""
    from django.template import Context, Template
    from django.utils import translation

    def render(source, *, address="/", language="en", **context):
        with translation.override(language):
            html = Template("{% load i18n design %}" + source).render(Context({"request": rf.get(address), **context}))
        return html.strip()

    return render
