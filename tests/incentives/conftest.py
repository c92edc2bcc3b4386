import pytest

from tests.incentives.programmes import goods


@pytest.fixture
def products(cast, settings, tmp_path):
    """Ids by sku: tea, water, and tea that was listed today. The lake is empty."""
    return goods(settings, tmp_path)
