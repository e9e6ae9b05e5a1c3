"""What a bucket holds is read as a whole, whichever server tells it."""

from collections.abc import Callable

import pytest
from nats.js.api import ConsumerConfig, ConsumerInfo

from chat.cluster import loading
from chat.cluster.feed import Feed
from tests.cluster.natses import Natses
from tests.cluster.registries import BUCKET, MakeOn
from tests.fakes import within
from tests.registry.conformance import kept


class Behind(Feed):
    """What is there by a server that has not got the last change yet, as one that has just come back."""

    async def run(
        self, config: ConsumerConfig, *, until: Callable[[ConsumerInfo], bool] | None = None
    ) -> None:
        filters = [f"$KV.{BUCKET}.r.{key}" for key in "ab"]
        await super().run(config.evolve(filter_subjects=filters), until=until)


async def test_a_server_that_is_behind_hides_nothing(
    nats: Natses, make_on: MakeOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that begins with what such a server has hears the rest before it is open, and can change it."""
    one, other = make_on(nats), make_on(nats)
    await one.open()
    for key in "abc":
        await one.put(key, b"1", 0)
    monkeypatch.setattr(loading, "Feed", Behind)
    await other.open()
    assert kept(other) == kept(one)
    await within(other.put("c", b"2", other.revision("c")))
    await one.close()
    await other.close()
