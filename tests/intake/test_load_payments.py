"""Payments from files: each number once, corrected where a file tells another amount, settled at once."""

import datetime as dt
from decimal import Decimal

from firstmove.domains.intake import operations as intake
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY


def take_in(tmp_path, name, *rows):
    path = tmp_path / name
    path.write_text("\n".join(("到账日期,经销商编码,收款单号,收款金额,对应订单", *rows)) + "\n")
    return intake.take_in(path=path, source="bank", now=NOW).files[0]


def account(cast):
    with tenancy.scope(cast.admin.actor):
        return queries.account(dealer_id=cast.dealer_id)


def test_a_file_of_payments_pays_once_however_often_it_comes(cast, tmp_path, settings):
    settings.LAKE_ROOT = str(tmp_path / "lake")
    operations.open_account(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        opened_on=TODAY - dt.timedelta(days=30),
        opening=Decimal(500),
        now=NOW,
    )
    day = TODAY - dt.timedelta(days=3)
    first = take_in(tmp_path, "payments.csv", f"{day},D-1,B-1,120.00,", f"{day},D-1,B-2,80,")
    assert (first.added, first.set_aside) == (2, 0)
    assert account(cast).balance == 300
    again = take_in(tmp_path, "payments_2.csv", f"{day},D-1,B-2,80,", f"{day},D-1,B-1,120.00,")
    assert (again.added, again.unchanged) == (0, 2)
    assert account(cast).balance == 300
    other = take_in(tmp_path, "payments_3.csv", f"{day},D-1,B-1,100,", f"{day},D-1,B-2,0,")
    assert (other.added, other.replaced) == (0, 2)
    assert account(cast).balance == 400
    wrong = take_in(tmp_path, "payments_4.csv", f"{day},D-9,B-1,100,", "2062-01-01,D-1,B-7,5,", f"{day},D-1,,5,")
    assert (wrong.added, wrong.set_aside) == (0, 3)
    assert account(cast).balance == 400


def test_a_payment_that_comes_before_the_old_order_it_names_pays_that_order(cast, take):
    """Both dealers have an old order 1001, due long before the day their accounts begin; one names it."""
    day = TODAY - dt.timedelta(days=1)
    take(
        "payments.csv",
        "date,dealer,reference,amount,orders\n"
        f"{day},D-1,B-1,20.00,SO-9 1001\n{day},D-2,B-2,5.00,\n{day},D-2,B-3,9.00,1001\n",
    )
    take("payments_2.csv", f"date,dealer,reference,amount,orders\n{day},D-2,B-3,0,\n")
    shipped = "order,line,dealer,sku,shipped_on,quantity,received_on\n"
    ordered = "order,line,dealer,sku,ordered_on,quantity,price\n"
    for dealer in ("D-1", "D-2"):
        shipped += f"1001,a,{dealer},W-1,2025-11-05,10,2025-11-10\n"
        ordered += f"1001,a,{dealer},W-1,2025-11-03,10,2.50\n"
    take("shipments.csv", shipped)
    for _again in range(2):
        take("orders.csv", ordered)
        with tenancy.scope(cast.admin.actor):
            (item,), _count = queries.open_items(dealer_id=cast.dealer_id)
            theirs = queries.account(dealer_id=cast.rival_id)
        assert (item.order_number, item.amount, item.open_amount) == ("1001", 25, 5)
        assert account(cast).balance == 5
        # What was taken back, and what names nothing, brings no old order with it.
        assert theirs.balance == -5
