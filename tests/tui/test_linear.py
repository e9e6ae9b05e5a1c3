"""Every command in the linear mode, with a real server: each answers in lines, and nothing moves a cursor."""

import asyncio
import io
import os
from contextlib import AsyncExitStack

import pytest

from chat import words
from chat.client import connect
from chat.tui.commands.command import Command
from chat.tui.commands.commands import COMMANDS, QUIT
from chat.tui.plain.line import Linear
from chat.tui.plain.stdin import Lines
from tests.fakes import until
from tests.patience import PATIENCE
from tests.servers import Running

ARGUMENTS = {
    "/room": "#redes",
    "/msg": "bia oi",
    "/topic": "provas",
    "/go": "geral",
    "/reply": "1 concordo",
    "/edit": "1 de outro modo",
    "/react": "1 👍",
    "/me": "acena",
    "/search": "provas",
    "/context": "1",
    "/notify": "all",
    "/joins": "off",
    "/ignore": "caio",
    "/keywords": "prova",
    "/leave": "#redes",
    "/invite": "bia",
    "/kick": "bia",
    "/ban": "bia 1h",
    "/unban": "bia",
    "/mute": "bia 10m",
    "/unmute": "bia",
    "/slow": "5",
    "/mod": "bia",
    "/member": "bia",
}
"""What is written after a command, by its English name; nothing after the others."""
SCREEN = ("/newer", "/firstunread", "/select", "/editor")
"""What can only be seen on a screen."""


class Printer:
    """Somebody at a line printer, whose lines are typed one by one."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.input, self._keys = os.pipe()
        self._count = 0

    async def answer(self, *lines: str) -> str:
        """What is printed after these lines, up to what is said after them."""
        self._count += 1
        before, end = len(self.out.getvalue()), f"ponto {self._count}\n"
        os.write(self._keys, "".join(f"{line}\n" for line in (*lines, end.strip())).encode())
        await until(lambda: self.out.getvalue()[before:].endswith(end))
        return self.out.getvalue()[before:].rpartition("\n")[0].rpartition("\n")[0]

    def close(self) -> None:
        os.close(self.input)
        os.close(self._keys)


def typed(command: Command) -> str:
    """A command as its user would write it, in the language in use."""
    return f"{command.name} {ARGUMENTS.get(command.names[1], '')}".strip()


@pytest.mark.parametrize("lang", [words.PORTUGUESE, words.ENGLISH])
async def test_every_command(running: Running, lang: str) -> None:
    """Whatever is typed is answered in printable lines; what needs a screen says so."""
    words.use(lang)
    printer = Printer()
    async with AsyncExitStack() as stack:
        stack.callback(printer.close)
        for name in ("bia", "caio"):
            await stack.enter_async_context(connect("127.0.0.1", running.port, user=name))
        client = await stack.enter_async_context(connect("127.0.0.1", running.port, user="ana"))
        linear = Linear(client, Lines(printer.input), printer.out, echo=True)
        session = asyncio.create_task(linear.run())
        assert "bom dia" in await printer.answer("bom dia")
        for command in COMMANDS[:-1]:
            answer = await printer.answer(typed(command), *(["sim"] if "/delete" in command.names else []))
            assert answer, typed(command)
            screen = words.t("That is only for the full screen.") in answer
            assert screen is (command.names[1] in SCREEN), typed(command)
        assert COMMANDS[-1] is QUIT
        os.write(printer._keys, f"{QUIT.name}\n".encode())
        async with asyncio.timeout(PATIENCE):
            assert await session == ()
    text = printer.out.getvalue()
    assert [line for line in text.splitlines() if not line.isprintable()] == []
    assert set(text) & {"\x1b", "\r", "\b", "\x9b"} == set()
