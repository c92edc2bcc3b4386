"""The files of others that pages are built from: whole, without references to what is not shipped."""

import json
import re

import pytest
import vendor
from django.core.management import call_command

from firstmove.portals.design.icons import ICONS


@pytest.fixture(scope="module", autouse=True)
def present():
    if not vendor.is_current(vendor.VENDOR / ".stamp", vendor.fingerprint()):
        pytest.fail("The vendor files are missing or old: run python tools/vendor.py")


def test_every_icon_is_in_the_sprite_and_drawn():
    sprite = (vendor.VENDOR / "icons.svg").read_text(encoding="utf-8")
    drawn = dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', sprite))
    assert set(drawn) == set(ICONS)
    assert all("<path" in body for body in drawn.values())


def test_hashed_static_files_find_every_reference(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    assert {"vendor/tabler.min.css", "vendor/htmx.min.js", "design/theme.css", "vendor/icons.svg"} <= set(names)


def test_the_lock_names_no_registry():
    lock = (vendor.ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert all("integrity" in package for name, package in json.loads(lock)["packages"].items() if name)


def test_a_source_map_comment_is_taken_out_and_nothing_else():
    assert vendor.SOURCE_MAP.sub("", "a{}\n/*# sourceMappingURL=a.css.map */") == "a{}\n"
    assert vendor.SOURCE_MAP.sub("", "f();\n//# sourceMappingURL=a.js.map\n").startswith("f();")


def test_a_failed_download_is_told_in_a_sentence(monkeypatch, capsys):
    def refuse():
        raise vendor.VendorError("npm could not install the packages.")

    monkeypatch.setattr(vendor, "fetch", refuse)
    assert vendor.main(["--force"]) == 1
    assert "npm could not install" in capsys.readouterr().err
