"""A node proves with a file of credentials who it is, where an operator has signed for everybody."""

import asyncio
from pathlib import Path

import pytest

from chat.cluster import stream
from chat.cluster.connection import Connection, Servers
from chat.errors import DataRefused
from tests.cluster.natses import StartNats
from tests.cluster.operators import Operator
from tests.patience import PATIENCE


async def test_a_node_comes_in_with_its_credentials(start_nats: StartNats, tmp_path: Path) -> None:
    """It may make a stream, and ask the servers how they keep it; without credentials nobody comes in."""
    operator = Operator()
    nats = start_nats(more=operator.config())
    file = tmp_path / "node.creds"
    file.write_text(operator.credentials())
    node = Connection(Servers(nats.urls, credentials=str(file)))
    await node.open()
    client = await asyncio.wait_for(node.client(), PATIENCE)
    assert (await stream.make(client, "CHAT", 1)).last == 0
    assert [one.data.config.sync_always for one in await stream._ask_all(client)] == [True]
    await node.close()


async def test_a_strangers_credentials_are_told(start_nats: StartNats, tmp_path: Path) -> None:
    """Another operator has signed them: the node says why, and goes on to try."""
    nats = start_nats(more=Operator().config())
    file = tmp_path / "node.creds"
    file.write_text(Operator().credentials())
    heard: asyncio.Queue[str] = asyncio.Queue()
    node = Connection(Servers(nats.urls, credentials=str(file)), heard.put_nowait)
    await node.open()
    assert "uthorization" in await asyncio.wait_for(heard.get(), PATIENCE)
    await node.close()


@pytest.mark.parametrize(
    "text", [None, "", "-----BEGIN USER NKEY SEED-----\nSUAA\n------END USER NKEY SEED------"]
)
async def test_what_are_no_credentials_is_refused(tmp_path: Path, text: str | None) -> None:
    """No such file, nothing in it, or half of it: said at once."""
    file = tmp_path / "node.creds"
    if text is not None:
        file.write_text(text)
    with pytest.raises(DataRefused, match="unreadable_file"):
        await Connection(Servers(["nats://127.0.0.1:1"], credentials=str(file))).open()
