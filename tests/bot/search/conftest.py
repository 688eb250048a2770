"""The real index, built once."""

from pathlib import Path

import pytest

from bot.search.index import Index, load_index
from bot.search.rows import rows
from tests.conftest import made_once


@pytest.fixture(scope="session")
def encoded(shared: Path) -> Path:
    """The folder in which the rows of the index are kept encoded."""
    return made_once(shared / "search", lambda folder: load_index(rows(), folder))


@pytest.fixture(scope="session")
def index(encoded: Path) -> Index:
    return load_index(rows(), encoded)
