"""Commands about what was said: answering, editing, deleting, reacting, sending again."""

from chat import messages as m
from chat.client import Line, Status, fold
from chat.tui.commands.command import Command, Misused, first, numbered
from chat.tui.desk.desk import Desk
from chat.tui.desk.emoji import emoji
from chat.tui.rows.cells import glimpse
from chat.words import mark, t

MODERATORS = frozenset({"operator", "owner", "moderator"})


async def _reply(desk: Desk, argument: str) -> None:
    number, text = numbered(argument)
    if not number:
        raise Misused
    line = desk.line(number)
    if line is not None:
        reply(desk, line, text)


def reply(desk: Desk, line: Line, text: str = "") -> None:
    """Answer a message; without a text, let it be written."""
    talk = desk.talk
    if not _placed(desk, line) or talk is None:
        return
    if text:
        desk.say(talk.name, text, reply=line.id)
    elif not desk.face.compose(line, "reply"):
        raise Misused


async def _edit(desk: Desk, argument: str) -> None:
    number, text = numbered(argument)
    line = desk.line(number) if number else desk.last_own()
    if line is not None:
        edit(desk, line, text)
    elif not number:
        desk.face.tell(t("There is no message of yours here."), kind="error")


def edit(desk: Desk, line: Line, text: str = "") -> None:
    """Say a message of one's own in other words; without a text, let it be written."""
    if not own(desk, line):
        return
    if text:
        desk.edit(line, text)
    elif not desk.face.compose(line, "edit"):
        raise Misused


async def _delete(desk: Desk, argument: str) -> None:
    number, rest = numbered(argument)
    if rest:
        raise Misused
    line = desk.line(number) if number else desk.last_own()
    if line is not None:
        delete(desk, line)
    elif not number:
        desk.face.tell(t("There is no message of yours here."), kind="error")


def delete(desk: Desk, line: Line) -> None:
    """Take back a message of one's own, or as a moderator anybody's, after asking once."""
    if line.status is Status.FAILED:
        desk.ask(t("Throw away “{text}”?", text=glimpse(line.body)), lambda: desk.discard(line))
    elif (moderates(desk) and _placed(desk, line)) or (not moderates(desk) and own(desk, line)):
        request = m.Delete(cid="", id=line.id or 0)
        desk.ask(t("Delete “{text}” for everybody?", text=glimpse(line.body)), lambda: desk.change(request))


async def _react(desk: Desk, argument: str) -> None:
    number, word = numbered(argument)
    word, rest = first(word)
    if not number or not word or rest:
        raise Misused
    line = desk.line(number)
    if line is not None:
        react(desk, line, word)


def react(desk: Desk, line: Line, word: str) -> None:
    """Put an emoji to a message, or take one's own back."""
    if not _placed(desk, line):
        return
    wanted, me = emoji(word), fold(desk.state.user or "")
    mine = any(one.emoji == wanted and me in map(fold, one.users) for one in line.reactions)
    desk.change(m.React(cid="", id=line.id or 0, emoji=wanted, on=not mine))


async def _act(desk: Desk, argument: str) -> None:
    talk = desk.talk
    if not argument or talk is None:
        raise Misused
    desk.say(talk.name, argument, act=True)


async def _resend(desk: Desk, argument: str) -> None:
    failed = desk.failed()
    if not failed:
        desk.face.tell(t("Nothing here failed to be sent."))
    for line in failed:
        desk.resend(line)


def moderates(desk: Desk) -> bool:
    """Whether one may delete what others say in the open talk."""
    return desk.talk is not None and desk.talk.role in MODERATORS


def own(desk: Desk, line: Line) -> bool:
    """Whether a message is one's own and can be changed; if not, it is told why."""
    if fold(line.sender) != fold(desk.state.user or ""):
        desk.face.tell(t("That message is not yours."), kind="error")
        return False
    return _placed(desk, line)


def _placed(desk: Desk, line: Line) -> bool:
    """Whether the server has a message, so that it can be answered and changed; if not, that is told."""
    if line.id is None:
        desk.face.tell(t("That message is not on the server yet."), kind="error")
    elif line.deleted or line.damaged:
        desk.face.tell(t("That message is no more."), kind="error")
    else:
        return True
    return False


COMMANDS = (
    Command(
        ("/responder", "/reply"),
        mark("N [TEXT]"),
        mark("answer the message N, counted from the newest (which is 1)"),
        _reply,
    ),
    Command(
        ("/editar", "/edit"),
        mark("[N] [TEXT]"),
        mark("say a message of yours in other words; without N: the last"),
        _edit,
    ),
    Command(
        ("/apagar", "/delete"), mark("[N]"), mark("delete a message of yours; without N: the last"), _delete
    ),
    Command(
        ("/reagir", "/react"), mark("N EMOJI"), mark("put an emoji to a message, or take it back"), _react
    ),
    Command(("/eu", "/me"), mark("TEXT"), mark("say what you do: /me laughs"), _act),
    Command(("/reenviar", "/resend"), "", mark("send again what could not be sent"), _resend),
)
REPLY, EDIT, DELETE, REACT, *_ = COMMANDS
_COUNTING = frozenset(name for command in (REPLY, EDIT, DELETE, REACT) for name in command.names)


def counting(text: str) -> bool:
    """Whether a command is being written that takes the number of a message."""
    return text.startswith("/") and text.split(maxsplit=1)[0] in _COUNTING
