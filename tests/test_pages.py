"""The README and the other pages are true: their screens, tables and commands are the program's own."""

import asyncio
import errno
import json
import os
import re
import shutil
import signal
import socket
import sys
from contextlib import ExitStack, closing

from chat.client import Message, connect
from tests import pages
from tests.processes import Launch
from tests.servers import Running
from tests.tui.test_installed import Console, run

ENGLISH, PORTUGUESE = ((pages.ROOT / name).read_text() for name in pages.READMES)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language in a page."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


async def test_what_the_program_writes_is_up_to_date() -> None:
    """The screens in the READMEs and the table of files are what `python -m tests.pages` would write."""
    for page, text in (await pages.written()).items():
        assert page.read_text() == text


def test_both_readmes_have_the_same_commands() -> None:
    """The twin shows the same commands and the same program, in the same order; neither is long."""
    for language in ("sh", "python"):
        assert blocks(ENGLISH, language) == blocks(PORTUGUESE, language)
    assert max(len(text.splitlines()) for text in (ENGLISH, PORTUGUESE)) <= 120


def test_every_command_is_run_by_a_test() -> None:
    """A command that is new in the README needs a test here."""
    commands = [line for block in blocks(ENGLISH, "sh") for line in block.splitlines()]
    assert commands == [
        "make run",
        ".venv/bin/chat-server --host 0.0.0.0",
        ".venv/bin/chat-client chat://192.168.0.5/#3b4c91d0e2...",
        "make test",
    ]


def test_make_test_is_what_the_continuous_integration_runs() -> None:
    """`make test` is run by .ci/run, from a clean clone, before anything lands."""
    assert "make test" in (pages.ROOT / ".ci" / "run").read_text()


def test_the_links_lead_somewhere() -> None:
    """Every page that a README links to is there."""
    for text in (ENGLISH, PORTUGUESE):
        for target in re.findall(r"\]\(([^)]+)\)", text):
            assert (pages.ROOT / target).exists(), target


def test_make_run(usual_port: int) -> None:
    """`make run` ends in a client that is ready to type, and leaves nothing behind."""
    make = shutil.which("make")
    assert make is not None, "the README needs make"
    with closing(Console(make, "-C", str(pages.ROOT), "run", MAKEFLAGS="")) as seen:
        seen.shows("[Enviar]", "Conectado", "Num segundo terminal", "chat-client --user bia")
        seen.type("oi, gente\r")
        seen.shows("oi, gente ✓")
        seen.type("/sair\r")
        assert seen.ends() == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", usual_port)) == errno.ECONNREFUSED


def test_a_closed_terminal(usual_port: int) -> None:
    """Where the terminal is closed on `make run` instead, its server ends too."""
    with closing(Console("python", "-m", "chat")) as seen:
        seen.shows("[Enviar]", "Conectado")
        os.killpg(seen.process.pid, signal.SIGHUP)
        seen.ends()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", usual_port)) == errno.ECONNREFUSED


def test_two_machines(launch: Launch) -> None:
    """The server's line for the whole network and the client's line make two people talk."""
    _, serve, _, _ = (line.split() for block in blocks(ENGLISH, "sh") for line in block.splitlines())
    server = launch(*serve[1:], "--port", "0", "--data", ":memory:")
    handed = re.sub(r"//[^:/]+", "//127.0.0.1", server.line("chat-client chat://").split()[-1])
    with ExitStack() as stack:
        ana, bia = (stack.enter_context(closing(Console("chat-client", handed, anew=True))) for _ in "ab")
        for seen, name in ((ana, "ana"), (bia, "bia")):
            seen.shows("Usuário:")
            seen.type(f"{name}\r")
        for seen in (ana, bia):
            seen.shows("[Enviar]", "Conectado como")
        ana.type("chegou?\r")
        bia.shows("ana: chegou?")


def test_filters_of_the_table(launch: Launch) -> None:
    """The two lines for scripts in the table of wishes, run without what stands at the other end."""
    send, tail = re.findall(r"`(?:make 2>&1 \\\| )?chat-client ((?:send|tail) --room[^`|\\]*)", ENGLISH)
    port = ("--port", str(launch("--port", "0", "--data", ":memory:").port()))
    assert (
        run("chat-client", *send.split(), *port, "--user", "make", text="um\ndois\n", anew=True).returncode
        == 0
    )
    heard = run("chat-client", *tail.split(), *port, "--user", "jq", "--no-follow", anew=True)
    assert [json.loads(line)["body"] for line in heard.stdout.splitlines()] == ["um", "dois"]


async def test_the_bot(running: Running) -> None:
    """The bot of the README, run as it stands but for the port, answers a greeting."""
    (source,) = blocks(ENGLISH, "python")
    source = source.replace("10101", str(running.port))
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", source)
    try:
        async with connect("127.0.0.1", running.port, user="ana", rooms=["#bots"]) as ana:
            async for event in ana:
                if isinstance(event, Message) and event.body == "oi, gente":
                    await ana.send("#bots", "oi")
                if isinstance(event, Message) and event.body == "oi, ana":
                    break
    finally:
        bot.terminate()
        await bot.wait()
