"""An empty home becomes the enterprise of its first files; the demo network and real files never mix."""

import json

import pytest

from firstmove.domains.intake import operations
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from tests.cast import NOW

DEALERS = "dealer,name\nD-1,One\n"
FACTS = {"name": "清源（演示）", "currency": "CNY", "time_zone": "Asia/Shanghai"}


def take(inbox, **facts):
    (inbox / "dealers.csv").write_text(DEALERS)
    (inbox / "network.json").unlink(missing_ok=True)
    if facts:
        (inbox / "network.json").write_text(json.dumps(facts), encoding="utf-8")
    return operations.take_in(path=inbox, now=NOW)


def enterprise():
    with tenancy.scope(tenancy.SYSTEM):
        return network.enterprise(now=NOW)


def test_without_init_the_folder_gives_the_name_and_the_rest_is_assumed(db, lake, inbox, monkeypatch):
    monkeypatch.setenv("TZ", "America/Chicago")
    report = take(inbox)
    made = enterprise()
    assert (made.name, made.currency, made.time_zone, made.is_demo) == ("inbox", "USD", "America/Chicago", False)
    assert report.initialised is not None
    assert report.initialised.assumed
    assert take(inbox).initialised is None


def test_a_time_zone_that_nobody_knows_is_not_assumed(db, lake, inbox, monkeypatch):
    monkeypatch.setenv("TZ", "Mars/Olympus")
    take(inbox)
    assert enterprise().time_zone == "UTC"


def test_network_json_says_who_the_enterprise_is(db, lake, inbox):
    report = take(inbox, **FACTS)
    made = enterprise()
    assert (made.name, made.currency, made.time_zone, made.is_demo) == ("清源（演示）", "CNY", "Asia/Shanghai", False)
    assert not report.initialised.assumed


def test_a_network_json_that_cannot_be_read_is_refused(db, lake, inbox):
    (inbox / "dealers.csv").write_text(DEALERS)
    for content in ("{", "[]"):
        (inbox / "network.json").write_text(content)
        with pytest.raises(Invalid, match=r"network\.json cannot be read"):
            operations.take_in(path=inbox, now=NOW)


def test_intake_into_a_demo_home_is_refused_with_what_to_do(db, lake, inbox):
    take(inbox, **FACTS, demo=True)
    assert enterprise().is_demo
    with pytest.raises(Conflict) as refused:
        take(inbox)
    assert refused.value.code == "demo-home"
    assert str(refused.value) == (
        "This data folder holds the demo network, whose people and figures are invented. "
        "Set FIRSTMOVE_HOME to another, empty folder and take your files in there."
    )
    assert not operations.take_in(path=inbox, now=NOW, allow_demo=True).failed


def test_a_demo_network_does_not_get_into_a_real_enterprise(cast, lake, inbox):
    with pytest.raises(Conflict) as refused:
        take(inbox, **FACTS, demo=True)
    assert refused.value.code == "demo-folder"
