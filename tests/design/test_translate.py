"""The catalogue: nothing that a reader sees is left in the wrong language, and the tool says what is."""

import messages
import pytest
from babel.messages.catalog import Catalog


def _catalog(**texts):
    catalog = Catalog(locale="zh_Hans", fuzzy=False)
    for key, string in texts.items():
        catalog.add(key, string)
    return catalog


def _found(*keys):
    return {(key, None): messages.SOURCE / "cli.py" for key in keys}


def test_every_text_has_its_chinese():
    assert messages.faults(messages.stored(), messages.collected()) == []


def test_the_catalogue_in_the_repository_is_as_the_tool_writes_it():
    found = messages.collected()
    assert messages.written(messages.updated(messages.stored(), found)) == messages.PO.read_bytes()


@pytest.mark.parametrize(
    ("catalog", "found", "told"),
    [
        (_catalog(), _found("Save"), "missing in django.po: “Save”"),
        (_catalog(Save=""), _found("Save"), "not translated: “Save”"),
        (_catalog(Save="保存", Old="旧"), _found("Save"), "no longer used: “Old”"),
        (_catalog(**{"%(n)s lines": "%(m)s 行"}), _found("%(n)s lines"), "placeholders differ"),
        (_catalog(**{"{name} left": "走了"}), _found("{name} left"), "placeholders differ"),
    ],
)
def test_what_is_wrong_is_told_in_words(catalog, found, told):
    faults = messages.faults(catalog, found)
    assert len(faults) == 1
    assert told in faults[0]


def test_a_fuzzy_guess_is_not_taken_for_a_translation():
    catalog = _catalog(Save="保存")
    catalog.get("Save").flags.add("fuzzy")
    assert "marked fuzzy" in messages.faults(catalog, _found("Save"))[0]


def test_a_changed_source_keeps_translations_and_drops_what_is_gone():
    fresh = messages.updated(_catalog(Save="保存", Old="旧"), _found("Save", "New"))
    assert {message.id: message.string for message in fresh if message.id} == {"Save": "保存", "New": ""}


def test_texts_are_found_in_python_and_templates_under_any_name(tmp_path, monkeypatch):
    (tmp_path / "templates").mkdir()
    (tmp_path / "page.py").write_text(
        "from django.utils.translation import ngettext as counted, pgettext\n"
        "counted('%(n)d line', '%(n)d lines', 3)\npgettext('verb', 'Order')\n",
        encoding="utf-8",
    )
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n design %}{% translate "Today" %}{% card title=_("Lines") %}{% endcard %}'
        "{% blocktranslate with n=n %}{{ n }} left{% endblocktranslate %}",
        encoding="utf-8",
    )
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    assert set(messages.collected()) == {
        (("%(n)d line", "%(n)d lines"), None),
        ("Order", "verb"),
        ("Today", None),
        ("Lines", None),
        ("%(n)s left", None),
    }
