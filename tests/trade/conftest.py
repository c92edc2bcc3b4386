import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.kernel import tenancy


def _products() -> dict[str, int]:
    catalog.upsert_products(
        rows=[
            {"sku": "0001", "name": "Green tea", "category": "Tea"},
            {"sku": "0002", "name": "Spring water", "category": "Water"},
            {"sku": "0009", "name": "Long gone", "life_cycle": "unlisted"},
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        return catalog_queries.product_ids_by_sku()


@pytest.fixture
def products(cast):
    """Ids by sku: two that are listed, and 0009, which is not."""
    return _products()


@pytest.fixture
def committed_products(committed_cast):
    return _products()
