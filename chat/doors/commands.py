"""What a line of a plain peer asks for: the table of its commands. Sans-I/O."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from chat import messages as m
from chat.doors.talk import Talk
from chat.text import Kind, safe
from chat.understand import understand
from chat.words import PORTUGUESE, mark, spoken, t

Said = m.AnyRequest | str
"""A request for the server, or a text for the peer itself: it ends with a line feed unless it is a prompt."""
Run = Callable[[Talk, str], Iterator[Said]]

ANSWER = "1"
"""The `ref` of what the peer itself asked for: a notice of the same kind has none."""


class Command(NamedTuple):
    """`names` begin with the Portuguese and the English one; `argument` and `help` are msgids."""

    names: tuple[str, ...]
    argument: str
    help: str
    run: Run

    @property
    def usage(self) -> str:
        """How it is written, in the language in use."""
        name = self.names[0 if spoken() == PORTUGUESE else 1]
        return f"{name} {t(self.argument)}" if self.argument else name


def enter(talk: Talk, text: str) -> Iterator[Said]:
    """Do what a line means."""
    word, rest = understand(text)
    command = NAMED.get(word)
    if command is not None:
        yield from command.run(talk, rest)
    elif word:
        shown = safe(word, Kind.LINE)
        yield t("There is no command {word}. {help} shows what there is.", word=shown, help=HELP.usage) + "\n"
    elif rest:
        yield m.Send(to=talk.room, body=rest, cid=talk.cid())


def leaves(text: str) -> bool:
    """Whether a line says good-bye."""
    return NAMED.get(understand(text)[0]) is QUIT


def _help(talk: Talk, argument: str) -> Iterator[Said]:
    lines = [t("What you write goes to the open room or talk."), t("@NAME TEXT — only that person reads it")]
    lines += [f"{command.usage} — {t(command.help)}" for command in COMMANDS]
    lines.append(t("//TEXT — say a line that begins with a slash"))
    yield "\n".join(lines) + "\n"


def _room(talk: Talk, argument: str) -> Iterator[Said]:
    name = _room_name(argument)
    yield m.Join(room=name, ref=ANSWER) if name else _misused(ROOM)


def _leave(talk: Talk, argument: str) -> Iterator[Said]:
    yield m.Leave(room=_room_name(argument) or talk.room, ref=ANSWER)


def _rooms(talk: Talk, argument: str) -> Iterator[Said]:
    yield m.Rooms()


def _who(talk: Talk, argument: str) -> Iterator[Said]:
    yield m.Who(room=_room_name(argument) or talk.room)


def _private(talk: Talk, argument: str) -> Iterator[Said]:
    name, text = [*argument.split(maxsplit=1), "", ""][:2]
    if text:
        yield m.Send(to=f"@{name.removeprefix('@')}", body=text, cid=talk.cid())
    else:
        yield _misused(PRIVATE)


def _quit(talk: Talk, argument: str) -> Iterator[Said]:
    yield m.Bye()


def _room_name(argument: str) -> str:
    """The first word as a room's name, with its `#`; empty if there is none."""
    name = argument.split(maxsplit=1)[0] if argument else ""
    return name if not name or name.startswith("#") else f"#{name}"


def _misused(command: Command) -> str:
    return t("Write it like this: {usage}", usage=command.usage) + "\n"


HELP = Command(("/ajuda", "/help"), "", mark("this help"), _help)
ROOM = Command(("/sala", "/room", "/join"), mark("#ROOM"), mark("go into a room"), _room)
PRIVATE = Command(
    ("/privado", "/msg"), mark("NAME TEXT"), mark("say something that only that person reads"), _private
)
QUIT = Command(("/sair", "/quit", "/exit"), "", mark("leave the chat (so do #sair and Desconectar)"), _quit)
COMMANDS = (
    HELP,
    ROOM,
    Command(("/salas", "/rooms"), "", mark("which rooms there are"), _rooms),
    Command(("/deixar", "/leave", "/part"), mark("[#ROOM]"), mark("leave a room"), _leave),
    Command(("/quem", "/who"), mark("[#ROOM]"), mark("who is in the room"), _who),
    PRIVATE,
    QUIT,
)
NAMED = {name: command for command in COMMANDS for name in command.names}
