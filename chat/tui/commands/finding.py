"""Commands about finding: searching the history, opening links."""

from chat.client import Disconnected, Refused
from chat.text import Kind, safe
from chat.tui.commands.browser import open_link
from chat.tui.commands.command import Command, Misused, first, numbered
from chat.tui.desk.desk import Desk
from chat.tui.desk.search import Reading, Search
from chat.words import mark, t

MOST_LISTED = 30
"""Links that are listed at once."""


async def _search(desk: Desk, argument: str) -> None:
    word, rest = first(argument)
    room = word if word.startswith("#") and rest else None
    other = word[1:] if word.startswith("@") and rest else None
    text = rest if room or other else argument
    if not text:
        raise Misused
    desk.search = Search(desk.client, text, room, other)
    desk.face.found(desk.search.results)
    await more(desk)


async def more(desk: Desk) -> None:
    """Find more of what was searched for last."""
    search = desk.search
    if search is None:
        return
    try:
        await search.more()
    except (Refused, Disconnected):
        desk.face.act("shut")  # what went wrong is told in the talk
        raise
    desk.face.found(search.results)


async def _context(desk: Desk, argument: str) -> None:
    number, rest = numbered(argument)
    found = desk.search.messages if desk.search is not None else []
    if not number or rest:
        raise Misused
    if number > len(found):
        desk.face.tell(t("The last search has no result number {n}.", n=number), kind="error")
        return
    reading = Reading(desk.client, found[number - 1], desk.state.user or "")
    await reading.begin()
    desk.reading = reading
    desk.face.around(reading.context)


async def _open(desk: Desk, argument: str) -> None:
    number, rest = numbered(argument)
    if rest:
        raise Misused
    if not number:
        _list_links(desk)
        return
    url = desk.links.url(number)
    if url is None:
        desk.face.tell(t("There is no link number {n}.", n=number), kind="error")
    else:
        await visit(desk, url)


async def visit(desk: Desk, url: str) -> None:
    """Open a link in the browser of this machine; where there is none, show it to be copied."""
    shown = safe(url, Kind.LINE)
    if await open_link(url):
        desk.face.tell(t("Opened: {url}", url=shown))
    else:
        desk.face.tell(t("There is no browser here. The link is: {url}", url=shown))


def _list_links(desk: Desk) -> None:
    found = [(n, url) for n in range(1, 1_000) if (url := desk.links.url(n)) is not None]
    lines = [f"[{number}] {safe(url, Kind.LINE)}" for number, url in found[-MOST_LISTED:]]
    desk.face.tell("\n".join(lines) if lines else t("No link has been shown yet."))


COMMANDS = (
    Command(
        ("/buscar", "/search"),
        mark("[#ROOM | @NAME] WORDS"),
        mark("search all that was said, or one room or talk"),
        _search,
    ),
    Command(
        ("/contexto", "/context"),
        mark("N"),
        mark("show what was said around result N of the search"),
        _context,
    ),
    Command(("/abrir", "/open"), mark("[N]"), mark("open the link N; without N: list them"), _open),
)
SEARCH, *_ = COMMANDS
