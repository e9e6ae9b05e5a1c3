"""A restart of the server, as people at their screens see it: hardly at all."""

import asyncio
import time
from pathlib import Path

from tests.processes import FREELY, Launch
from tests.torture.bench import free_port
from tests.tui.terminal import ENTER


async def test_an_unnoticed_restart(launch: Launch, sit, tmp_path: Path) -> None:
    """Everybody is back by themselves; no draft and no line is lost, nobody is said to come or go."""
    port = free_port()
    options = ("--port", str(port), "--data", str(tmp_path), *FREELY)
    server = launch(*options)
    server.port()
    ana, bia = await sit(port, "ana"), await sit(port, "bia")
    await ana.terminal.shows("bia entrou")
    bia.terminal.type("antes" + ENTER)
    await ana.terminal.shows("bia: antes")
    ana.terminal.type("quase pronto")
    await ana.terminal.shows("> quase pronto")
    before = [seen.terminal.picture.count(word) for seen in (ana, bia) for word in ("entrou", "saiu")]
    assert await asyncio.to_thread(server.stop) == 0
    await bia.terminal.shows("Sem conexão")
    bia.terminal.type("no meio" + ENTER)
    await bia.terminal.shows("no meio …")
    again = launch(*options)
    began = time.monotonic()
    again.port()
    await bia.terminal.shows("Conectado como bia", "no meio ✓")
    await ana.terminal.shows("Conectado como ana", "no meio", "> quase pronto")
    print(f"back {time.monotonic() - began:.1f} s after the new start")
    bia.terminal.type("depois" + ENTER)
    await ana.terminal.shows("depois", "2 pessoas")
    await bia.terminal.shows("depois ✓", "2 pessoas")
    after = [seen.terminal.picture.count(word) for seen in (ana, bia) for word in ("entrou", "saiu")]
    assert after == before
    for word in ("antes", "no meio", "depois"):
        assert [seen.terminal.picture.count(word) for seen in (ana, bia)] == [1, 1]
    ana.terminal.type(" mesmo" + ENTER)
    await bia.terminal.shows("ana: quase pronto mesmo")
    assert await asyncio.to_thread(again.stop) == 0
