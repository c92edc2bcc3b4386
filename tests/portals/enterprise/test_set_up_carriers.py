"""The enterprise's page of carriers: a secret shown once, what was told of unknown numbers, and who may change it."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from tests.cast import NOW

PAGE = "/enterprise/shipments/carriers/"


def known(cast):
    with tenancy.scope(cast.admin.actor):
        return queries.carriers()


def tell(carrier_id, number):
    now = timezone.now()
    trade.hear_carrier(
        carrier_id=carrier_id, message_id=number, tracking_number=number, status="delivered",
        at=now - dt.timedelta(hours=1), now=now,
    )  # fmt: skip


def test_an_administrator_is_shown_the_secret_once_and_the_address_with_it(cast, signed_in):
    admin = signed_in(cast.admin)
    made = admin.post(PAGE + "new/", {"name": "SF Express"})
    assert (made.status_code, made["Location"]) == (302, PAGE + "secret/")
    (carrier,) = known(cast)
    shown = admin.get(PAGE + "secret/")
    assert "whsec_" in shown.content.decode()
    assert f"/api/v1/carriers/{carrier.id}/notices" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert admin.get(PAGE + "secret/")["Location"] == PAGE
    assert admin.post(f"{PAGE}{carrier.id}/rotation/")["Location"] == PAGE + "secret/"
    assert admin.get(PAGE + "secret/").content.decode().count("whsec_") == 1
    again = admin.post(PAGE + "new/", {"name": "sf express"})
    assert again.status_code == 422
    assert admin.post(f"{PAGE}{carrier.id}/end/").status_code == 302
    assert known(cast) == []


def test_what_no_shipment_was_found_for_stands_on_the_page_at_the_same_cost(cast, signed_in):
    admin = signed_in(cast.admin)
    carrier_id, _secret = trade.set_up_carrier(actor=cast.admin.actor, name="SF Express", now=NOW)
    tell(carrier_id, "SF404")

    def cost():
        with CaptureQueriesContext(connection) as asked:
            page = admin.get(PAGE)
        return page.content.decode(), len(asked)

    page, before = cost()
    assert "SF404" in page
    for number in range(5):
        tell(carrier_id, f"SF50{number}")
    trade.set_up_carrier(actor=cast.admin.actor, name="YTO", now=NOW)
    page, after = cost()
    assert "SF504" in page
    assert after == before


def test_nobody_else_sets_a_carrier_up_or_reads_of_it(cast, signed_in):
    carrier_id, _secret = trade.set_up_carrier(actor=cast.admin.actor, name="SF Express", now=NOW)
    for person in (cast.buyer, cast.rival, cast.supplier):
        client = signed_in(person)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE + "new/", {"name": "Mine"}).status_code == 403
        assert client.post(f"{PAGE}{carrier_id}/rotation/").status_code == 403
        assert client.post(f"{PAGE}{carrier_id}/end/").status_code == 403
    assert [one.id for one in known(cast)] == [carrier_id]
