"""The screen that the README shows, drawn by the program itself while three people talk."""

import asyncio
import re
from contextlib import AsyncExitStack

from prompt_toolkit.application import create_app_session

from chat import words
from chat.client import connect
from chat.server.options import Options
from chat.server.registry_sqlite import SqliteRegistry
from chat.server.server import Server
from chat.tui.app import Screen
from tests.fake_history import FakeHistory
from tests.servers import Recorder
from tests.tui.terminal import Terminal, terminal

SAID = {
    words.PORTUGUESE: (
        ("bia", "#geral", "bom dia, turma!"),
        ("caio", "#geral", "bom dia :) alguém terminou o exercício 3?"),
        ("bia", "#geral", "eu terminei. O segredo é o cabeçalho de 64 bytes"),
        ("bia", "@ana", "guardei um lugar para você"),
        ("ana", "#geral", "chego em cinco minutos ☕"),
    ),
    words.ENGLISH: (
        ("bia", "#geral", "good morning, class!"),
        ("caio", "#geral", "morning :) has anybody finished exercise 3?"),
        ("bia", "#geral", "I have. The secret is the header of 64 bytes"),
        ("bia", "@ana", "I kept a seat for you"),
        ("ana", "#geral", "there in five minutes ☕"),
    ),
}
DAY = {
    words.PORTUGUESE: " quarta-feira, 9 de setembro de 2026 ",
    words.ENGLISH: " Wednesday, September 9, 2026 ",
}
DRAFT = {words.PORTUGUESE: "e trago bolo", words.ENGLISH: "and I bring cake"}


async def picture(lang: str) -> str:
    """The screen of ana, 80 by 16, in a language; day and time are made the same."""
    spoken = words.spoken()
    words.use(lang)
    try:
        async with AsyncExitStack() as stack:
            seen = stack.enter_context(terminal(80, 16))
            text = await _talk(lang, seen, stack)
    finally:
        words.use(spoken)
    text = re.sub(r"\b\d\d:\d\d\b", "09:41", text)
    return re.sub(r"│(─+ [^─│]+ ─+)│", lambda day: f"│{DAY[lang].center(len(day[1]), '─')}│", text)


async def _talk(lang: str, seen: Terminal, stack: AsyncExitStack) -> str:
    server = Server(FakeHistory(), SqliteRegistry(None), Recorder(), Options(notice_interval=60.0))
    await stack.enter_async_context(server)
    ((_, port),) = await server.listen("127.0.0.1", 0)
    people = {
        name: await stack.enter_async_context(connect("127.0.0.1", port, user=name, rooms=["#redes"]))
        for name in ("bia", "caio", "ana")
    }
    screen = Screen(people["ana"], input=seen.input, output=seen.output)
    with create_app_session(seen.input, seen.output):
        drawing = asyncio.create_task(screen.run())
        await seen.shows("bia", "caio", "#redes")
        for name, to, body in SAID[lang]:
            await people[name].send(to, body)
        seen.type(DRAFT[lang])
        await seen.shows(SAID[lang][-1][2], DRAFT[lang])
        text = seen.picture
        screen.leave()
        await drawing
    return text
