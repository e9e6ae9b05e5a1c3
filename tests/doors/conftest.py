"""What every test of the doors gets."""

from collections.abc import AsyncIterator

import pytest

from tests.doors import plain


@pytest.fixture(autouse=True)
async def drop_plain() -> AsyncIterator[None]:
    """No plain connection outlives its test."""
    yield
    while plain.OPEN:
        left = plain.OPEN.pop()
        left.reset()
        await left.closed()
