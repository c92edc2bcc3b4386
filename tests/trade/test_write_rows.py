"""Rows written at once are those that Django's own way writes, and what a column refuses is refused."""

import pytest
from django.db import DataError, transaction

from firstmove.domains.trade.models import Order, OrderStep
from firstmove.kernel import tenancy, writing
from tests.cast import NOW
from tests.trade.orders import line, place


@pytest.fixture
def order(cast, products):
    return place(cast, line(products["0001"])).id


def rows_of(order_id, note=""):
    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = Order.objects.get(id=order_id).buyer_dealer_id
    return [
        OrderStep(order_id=order_id, buyer_dealer_id=dealer_id, state=state, at=NOW, note=note, held_by=held)
        for state, held in (("to_ship", ["credit", "by-hand"]), ("complete", []))
    ]


def test_they_are_the_rows_that_were_given_with_lists_dates_and_what_is_empty(order):
    with tenancy.scope(tenancy.SYSTEM):
        OrderStep.objects.all().delete()
        columns = [field.attname for field in OrderStep._meta.concrete_fields if not field.primary_key]
        writing.insert(rows_of(order))
        ours = list(OrderStep.objects.order_by("id").values(*columns))
        OrderStep.objects.all().delete()
        OrderStep.objects.bulk_create(rows_of(order))
        assert ours == list(OrderStep.objects.order_by("id").values(*columns))
        assert [row["held_by"] for row in ours] == [["credit", "by-hand"], []]


def test_a_text_that_is_too_long_is_refused_and_not_cut(order):
    with tenancy.scope(tenancy.SYSTEM), pytest.raises(DataError), transaction.atomic():
        writing.insert(rows_of(order, note="x" * 501))


def test_no_rows_are_nothing(cast, django_assert_num_queries):
    with django_assert_num_queries(0):
        writing.insert([])
