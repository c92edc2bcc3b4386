"""An empty lake for every test."""

import pytest

from firstmove.lake.store import Lake


@pytest.fixture
def lake(tmp_path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake")
