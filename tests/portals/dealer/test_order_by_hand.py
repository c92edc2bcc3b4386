"""A dealer fills its cart by code, scan, paste and file, orders it, and orders an old order again."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import TODAY

CART = "/dealer/cart/"


@pytest.fixture
def shelf(cast):
    catalog.upsert_products(
        rows=[
            {"sku": "000012", "name": "乌龙茶", "category": "Tea", "unit": "case", "carton": 24, "barcode": "6901"},
            {"sku": "000013", "name": "Spring water", "category": "Water", "unit": "case"},
        ]
    )
    catalog.upsert_prices(rows=[{"sku": "000012", "price": 2}, {"sku": "000013", "price": 3}])
    with tenancy.scope(cast.buyer.actor):
        return {product.sku: product.id for product in catalog_products()}


def catalog_products():
    from firstmove.domains.catalog import queries

    return queries.products()[0]


def asked(person):
    with tenancy.scope(person.actor):
        cart = trade.cart(dealer_id=person.actor.dealer_id, on=TODAY, terms=trade.Terms())
        return {line.product.sku: line.asked for line in cart.lines}


def seen(person):
    with tenancy.scope(person.actor):
        cart = trade.cart(dealer_id=person.actor.dealer_id, on=TODAY, terms=trade.Terms())
        return {"cart": cart.id, "seen": cart.token}


def text_of(answer):
    return answer.content.decode()


def upload(client, name, content):
    return client.post(reverse("dealer:cart-new-rows"), {"file": SimpleUploadedFile(name, content)}, follow=True)


def workbook(*rows):
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def test_a_scanned_code_and_a_typed_one_stand_in_the_cart_with_what_was_rounded(cast, shelf, signed_in):
    client = signed_in(cast.buyer)
    page = client.post(reverse("dealer:cart-entry"), {"code": "2*6901"}, headers={"HX-Request": "true"})
    assert "2 → 24: sold in cartons of 24" in text_of(page)
    page = client.post(reverse("dealer:cart-entry"), {"code": "13", "quantity": "5"}, follow=True)
    assert "Spring water" in text_of(page)
    assert asked(cast.owner) == {"000012": 2, "000013": 5}


def test_a_paste_tells_what_it_could_not_add_and_the_enterprise_sees_what_was_asked_for(cast, shelf, signed_in):
    page = signed_in(cast.buyer).post(
        reverse("dealer:cart-new-rows"), {"rows": "000012\t24\nNO-SUCH，40\n<script>alert(1)</script> 3"}, follow=True
    )
    assert "No product has this code" in text_of(page)
    assert "<script>alert" not in text_of(page)
    with tenancy.scope(cast.admin.actor):
        assert ("NO-SUCH", 40) in [(one.code, one.quantity) for one in trade.lost_demand(since=TODAY)[0]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", '编码,数量\n000012,24\n000013,"1,200"\n'.encode("gb18030")),
        ("list.csv", b"\xef\xbb\xbfsku;qty\r\n000012;24\r\n000013;1200\r\n"),
        ("list.xlsx", workbook(["商品编码", "名称", "数量"], ["000012", "乌龙茶", 24], [13, "water", 1200])),
    ],
)
def test_a_file_fills_the_cart_whatever_wrote_it(cast, shelf, signed_in, name, content):
    upload(signed_in(cast.buyer), name, content)
    assert asked(cast.buyer) == {"000012": 24, "000013": 1200}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("list.xlsx", b"PK\x03\x04 no workbook"), "cannot be read as a table"),
        (("list.csv", "sku,qty\n000012,24\n".encode("utf-16")), "cannot be read as a table"),
        (("list.pdf", b"%PDF-1.7"), "Only XLSX and CSV"),
        (("list.csv", b"1,1\n" * 2001), "more than 2000 rows"),
        (("list.csv", b"x" * 5_000_001), "too large"),
        (("list.csv", b"\n\n"), "no row with a code"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(cast, shelf, signed_in, file, said):
    assert said in text_of(upload(signed_in(cast.buyer), *file))
    assert asked(cast.buyer) == {}


def test_formulas_in_a_file_order_nothing_and_say_so(cast, shelf, signed_in):
    page = upload(signed_in(cast.buyer), "list.csv", b'sku,qty\n=1+1,5\n"=""000013""",7\n@SUM(A1),3\n')
    assert "holds a formula" in text_of(page)
    assert asked(cast.buyer) == {"000013": 7}


def test_a_paste_of_ten_megabytes_is_refused(cast, shelf, signed_in):
    answer = signed_in(cast.buyer).post(reverse("dealer:cart-new-rows"), {"rows": "000012 1\n" * 1_200_000})
    assert answer.status_code in (400, 413)
    page = signed_in(cast.buyer).post(reverse("dealer:cart-new-rows"), {"rows": "000012 1\n" * 30_000}, follow=True)
    assert "too long" in text_of(page)
    assert asked(cast.buyer) == {}


def test_the_cart_becomes_an_order_and_the_order_can_be_repeated(cast, shelf, signed_in):
    client = signed_in(cast.buyer)
    client.post(reverse("dealer:cart-new-rows"), {"rows": "000012 24\n000013 5"})
    page = client.post(reverse("dealer:cart-confirmation"), seen(cast.buyer), follow=True)
    assert "$63" in text_of(page)
    with tenancy.scope(cast.buyer.actor):
        (order,), _count = trade.orders(dealer_id=cast.dealer_id)
    catalog.upsert_products(rows=[{"sku": "000013", "life_cycle": "unlisted"}])
    page = client.post(reverse("dealer:repetition", args=[order.id]), follow=True)
    assert "Spring water is no longer listed" in text_of(page)
    assert asked(cast.buyer) == {"000012": 24}
    assert signed_in(cast.rival).post(reverse("dealer:repetition", args=[order.id])).status_code == 404


def test_what_was_ordered_and_what_was_kept_stand_as_grids_that_fill_the_cart(cast, shelf, signed_in):
    client = signed_in(cast.buyer)
    client.post(reverse("dealer:cart-new-rows"), {"rows": "000012 24\n000013 5"})
    page = client.post(reverse("dealer:new-order-list"), {"name": " Every  Monday "}, follow=True)
    assert "Every Monday" in text_of(page)
    client.post(reverse("dealer:cart-confirmation"), seen(cast.buyer))
    guide = text_of(client.get(reverse("dealer:guide")))
    assert "Every Monday" in guide
    assert "You ordered 2 products" in guide
    assert "Order it again" in text_of(client.get("/dealer/"))
    field = f"quantity-{shelf['000013']}"
    client.post(reverse("dealer:cart-products"), {field: "7", f"quantity-{shelf['000012']}": "0", "quantity-x": "1"})
    assert asked(cast.buyer) == {"000013": 7}
    address = page.redirect_chain[-1][0]
    assert signed_in(cast.rival).get(address).status_code == 404
    assert signed_in(cast.rival).post(f"{address}removal/").status_code == 404
    client.post(f"{address}removal/")
    assert client.get(address).status_code == 404


def test_the_catalogue_shows_and_changes_what_is_in_the_cart(cast, shelf, signed_in):
    client, address = signed_in(cast.buyer), reverse("dealer:cart-quantity", args=[shelf["000012"]])
    told = client.post(address, {"quantity": "12", "beside": "yes"}, headers={"HX-Request": "true"})
    assert "sold in cartons of 24" in told["HX-Trigger"]
    assert 'value="12"' in text_of(client.get(reverse("dealer:catalogue")))


def test_the_enterprise_sees_what_was_asked_for_in_vain(cast, shelf, signed_in):
    for person in (cast.buyer, cast.rival):
        signed_in(person).post(reverse("dealer:cart-entry"), {"code": "NO-SUCH", "quantity": "4"})
    page = text_of(signed_in(cast.admin).get(reverse("enterprise:lost-demand")))
    assert "NO-SUCH" in page
    assert "asked for 1 code" in page


def test_a_cart_that_somebody_changed_meanwhile_is_shown_again(cast, shelf, signed_in):
    client = signed_in(cast.buyer)
    client.post(reverse("dealer:cart-entry"), {"code": "000013", "quantity": "5"})
    looked_at = seen(cast.buyer)
    signed_in(cast.owner).post(reverse("dealer:cart-quantity", args=[shelf["000013"]]), {"quantity": "50"})
    page = client.post(reverse("dealer:cart-confirmation"), looked_at, follow=True)
    assert "changed since you looked" in text_of(page)
    with tenancy.scope(cast.buyer.actor):
        assert trade.orders(dealer_id=cast.dealer_id)[1] == 0


def test_a_line_is_changed_and_taken_out_in_place(cast, shelf, signed_in):
    client, address = signed_in(cast.buyer), reverse("dealer:cart-quantity", args=[shelf["000012"]])
    row = client.post(address, {"quantity": "30"}, headers={"HX-Request": "true"})
    assert "30 → 48: sold in cartons of 24" in text_of(row)
    row = client.post(address, {"quantity": "0"}, headers={"HX-Request": "true"})
    assert "<tr" not in text_of(row)
    assert asked(cast.buyer) == {}
    for wrong in ("-1", "1.5", "９", "x", "9" * 30, ""):
        assert client.post(address, {"quantity": wrong}).status_code == 422


def test_who_does_not_order_for_the_dealer_sees_the_cart_and_changes_nothing(cast, shelf, signed_in):
    from firstmove.domains.network import operations

    operations.add_user(
        email="sales@example.com", name="Sales", role="staff", password="x" * 12, language="en", dealer_code="D-1"
    )
    with tenancy.scope(tenancy.SYSTEM):
        (person,) = [user for user in network.users() if user.email == "sales@example.com"]
    client = signed_in(type("Person", (), {"user_id": person.id}))
    assert client.get(CART).status_code == 200
    assert client.post(reverse("dealer:cart-entry"), {"code": "000013"}).status_code == 403
