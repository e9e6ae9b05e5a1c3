"""What was said in some rooms before now, read page by page and merged in one order."""

from collections import deque
from collections.abc import AsyncIterator, Sequence

from chat.client import Client
from chat.messages import PAGE, Message


async def newest(client: Client, rooms: Sequence[str], count: int, head: int) -> list[Message]:
    """The last `count` messages of each room, up to the id `head`. Raises Refused, Disconnected."""
    found: list[Message] = []
    for room in rooms:
        before, wanted = head + 1, count
        while wanted > 0:
            page = await client.history(room, before=before, limit=min(wanted, PAGE))
            found += page.messages
            wanted -= len(page.messages)
            if not page.more or not page.messages:
                break
            before = page.messages[0].id
    return sorted(found, key=lambda message: message.id)


async def since(client: Client, rooms: Sequence[str], after: int, head: int) -> AsyncIterator[Message]:
    """The messages of the rooms between two ids, not before `after` and up to `head`.

    It holds a page of each room. Raises Refused, Disconnected.
    """
    pages = {room: _Pages(client, room, after, head) for room in rooms}
    while True:
        heads = [page for page in pages.values() if await page.filled()]
        if not heads:
            return
        yield min(heads, key=lambda page: page.messages[0].id).messages.popleft()


class _Pages:
    """One room's messages from an id on."""

    def __init__(self, client: Client, room: str, after: int, head: int) -> None:
        self.messages: deque[Message] = deque()
        self._client = client
        self._room = room
        self._after = after
        self._head = head
        self._more = True

    async def filled(self) -> bool:
        """Whether there is a message; the next page is read if need be."""
        while self._more and not self.messages:
            page = await self._client.history(self._room, after=self._after)
            self.messages += [message for message in page.messages if message.id <= self._head]
            self._more = page.more and len(self.messages) == len(page.messages) > 0
            if page.messages:
                self._after = page.messages[-1].id
        return bool(self.messages)
