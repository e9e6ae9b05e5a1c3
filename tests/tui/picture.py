"""The screen that the README shows, drawn by the program itself while three people talk."""

import asyncio
import re
from contextlib import AsyncExitStack

from prompt_toolkit.application import create_app_session

from chat import words
from chat.client import Client, connect
from chat.client.identity import made
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from chat.tui.screen.app import Screen
from tests.fake_history import FakeHistory
from tests.servers import UNHURRIED, Recorder
from tests.tui.terminal import Terminal, terminal

SAID = {
    words.PORTUGUESE: (
        ("bia", "#geral", "bom dia, turma!"),
        ("bia", "#geral", "o segredo do *exercício 3* é o cabeçalho de `64` bytes"),
        ("caio", "#geral", "```python\nheader = f'{len(body):<64}'.encode()\n```"),
        ("bia", "@ana", "guardei um lugar para você"),
        ("caio", "#geral", "ana, você vem?"),
        ("ana", "#geral", "obrigada! Chego já ☕"),
        ("bia", "#geral", "acena"),
    ),
    words.ENGLISH: (
        ("bia", "#geral", "good morning, class!"),
        ("bia", "#geral", "the secret of *exercise 3* is the header of `64` bytes"),
        ("caio", "#geral", "```python\nheader = f'{len(body):<64}'.encode()\n```"),
        ("bia", "@ana", "I kept a seat for you"),
        ("caio", "#geral", "ana, are you coming?"),
        ("ana", "#geral", "thanks! I will be there soon ☕"),
        ("bia", "#geral", "waves"),
    ),
}
TOPIC = {words.PORTUGUESE: "aula de redes, sala 12", words.ENGLISH: "networks class, room 12"}
DAY = {
    words.PORTUGUESE: " quarta-feira, 9 de setembro de 2026 ",
    words.ENGLISH: " Wednesday, September 9, 2026 ",
}
DRAFT = {words.PORTUGUESE: "e trago bolo", words.ENGLISH: "and I bring cake"}


async def picture(lang: str) -> str:
    """The screen of ana, 80 by 20, in a language; day and time are made the same."""
    spoken = words.spoken()
    words.use(lang)
    try:
        async with AsyncExitStack() as stack:
            seen = stack.enter_context(terminal(80, 20))
            text = await _talk(lang, seen, stack)
    finally:
        words.use(spoken)
    text = re.sub(r"\b\d\d:\d\d\b", "09:41", text)
    return re.sub(r"│(─+ [^─│]+ ─+)│", lambda day: f"│{DAY[lang].center(len(day[1]), '─')}│", text)


async def _talk(lang: str, seen: Terminal, stack: AsyncExitStack) -> str:
    options = Options(notice_interval=60.0, **UNHURRIED)
    server = Server(FakeHistory(), SqliteRegistry(None), Recorder(), options)
    await stack.enter_async_context(server)
    ((_, port),) = await server.listen("127.0.0.1", 0)
    people = {
        name: await stack.enter_async_context(
            connect("127.0.0.1", port, user=name, identity=made(), rooms=["#redes"])
        )
        for name in ("bia", "caio", "ana")
    }
    screen = Screen(people["ana"], input=seen.input, output=seen.output)
    with create_app_session(seen.input, seen.output):
        drawing = asyncio.create_task(screen.run())
        await seen.shows("bia", "caio", "#redes")
        await people["bia"].set_topic("#geral", TOPIC[lang])
        await _say(people, SAID[lang])
        seen.type(DRAFT[lang])
        await seen.shows(f"bia {SAID[lang][-1][2]}", DRAFT[lang])
        text = seen.picture
        screen.leave()
        await drawing
    return text


async def _say(people: dict[str, Client], said: tuple[tuple[str, str, str], ...]) -> None:
    """Say it all: the answer to the second last but one, what is done last; the code pleases two."""
    ids: list[int] = []
    for name, to, body in said[:-2]:
        ids.append((await people[name].send(to, body)).id)
    for name in ("ana", "bia"):
        await people[name].react(ids[2], "👍")
    (name, to, body), (other, place, act) = said[-2:]
    await people[name].send(to, body, reply=ids[1])
    await people[other].send(place, act, act=True)
