"""A dealer's program reads news of products and says what it read."""

import datetime as dt

from firstmove.domains.catalog import operations as catalog
from tests.cast import TODAY

NEWS = "/api/v1/news"


def test_a_program_reads_news_and_marks_it_once(cast, keyed, refused):
    catalog.upsert_products(rows=[{"sku": "N1", "name": "Nettle", "listed_on": TODAY + dt.timedelta(days=2)}])
    client = keyed(cast.buyer, "news:read", "news:write")
    told = client.get(NEWS).json()
    assert [(item["kind"], item["sku"], item["read"]) for item in told["items"]] == [("launch", "N1", False)]
    for read in (1, 0):
        answer = client.post(f"{NEWS}/reading", {"keys": [told["items"][0]["key"]]}, content_type="application/json")
        assert answer.json() == {"read": read}
    refused(client.post(f"{NEWS}/reading", {"keys": ["launch:0:x"]}, content_type="application/json"), 404)
    refused(keyed(cast.buyer, "orders:read").get(NEWS), 403)
    refused(keyed(cast.admin, "network:read").get(NEWS), 403)
