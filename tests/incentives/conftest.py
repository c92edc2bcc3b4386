import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.kernel import tenancy
from tests.cast import TODAY


@pytest.fixture
def products(cast, settings, tmp_path):
    """Ids by sku: tea, water, and tea that was listed this week. The lake is empty."""
    settings.LAKE_ROOT = str(tmp_path / "lake")
    catalog.upsert_products(
        rows=[
            {"sku": "0001", "name": "Green tea", "category": "Tea", "unit_price": 30.0},
            {"sku": "0002", "name": "Spring water", "category": "Water", "unit_price": 30.0},
            {"sku": "0003", "name": "White tea", "category": "Tea", "unit_price": 30.0, "listed_on": TODAY},
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        return catalog_queries.product_ids_by_sku()
