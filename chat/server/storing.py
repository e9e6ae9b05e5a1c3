"""Where a server keeps what is said: in a folder of this machine, or with other nodes in a cluster."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chat.operating.bar import Bar
from chat.operating.data import HISTORY, MEMORY, Data, held, opened
from chat.operating.shared import settings
from chat.server.console import Console
from chat.text import Kind, safe
from chat.words import t


@asynccontextmanager
async def stored(asked: Any, console: Console) -> AsyncIterator[Data]:
    """What the server is to keep. Raises DataRefused. The server opens and closes what it is given."""
    if not asked.cluster:
        async with opened(asked.data, asked.synchronous) as data:
            yield data
        return
    with ExitStack() as stack:
        folder = _folder(asked.data, stack)
        async with _clustered(asked, console, folder, stack.enter_context(Bar())) as data:
            yield data


def _folder(asked: str | None, stack: ExitStack) -> Path:
    """The folder of this node's copy; one that is gone afterwards if nothing is to be kept here."""
    if asked == MEMORY:
        return Path(stack.enter_context(TemporaryDirectory(prefix="chat-")))
    return stack.enter_context(held(asked))


@asynccontextmanager
async def _clustered(asked: Any, console: Console, folder: Path, bar: Bar) -> AsyncIterator[Data]:
    def told(sentence: str) -> None:
        console.say(t("Cluster: {what}", what=safe(sentence, Kind.LINE)))

    asked_for = settings(asked)
    from chat.cluster.node import shared

    async with shared(asked_for, folder / HISTORY, told, bar) as (history, registry, bus):
        yield Data(history, registry, folder, bus)
