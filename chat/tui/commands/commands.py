"""The table of commands; help, completion and documentation come from it."""

from chat.text import Kind, safe
from chat.tui.commands import finding, moderation, places, speech, tuning
from chat.tui.commands.command import Command, Misused
from chat.tui.desk.desk import Desk
from chat.tui.desk.emoji import plain
from chat.understand import understand
from chat.words import mark, t

YES = frozenset({"s", "sim", "y", "yes"})
NO = frozenset({"n", "nao", "no"})


def enter(desk: Desk, text: str) -> bool:
    """Do what a typed line means. False if it was not understood or cannot be sent: it may be mended."""
    if desk.question is not None:
        answered = plain(text.strip())
        desk.answer(yes=answered in YES)
        if answered in YES | NO:
            return True
    word, rest = understand(text)
    if not word:
        return _speak(desk, rest)
    command = NAMED.get(word) or NAMED.get(plain(word))
    if command is None:
        shown = safe(word, Kind.LINE)
        desk.face.tell(
            t("There is no command {word}. {help} shows what there is.", word=shown, help=HELP.name),
            kind="error",
        )
        return False
    desk.do(_run(command, desk, rest))
    return True


def _speak(desk: Desk, body: str) -> bool:
    if desk.talk is None:
        desk.face.tell(t("You are not connected yet: wait a moment and send it again."), kind="error")
        return False
    return desk.say(desk.talk.name, body)


async def _run(command: Command, desk: Desk, argument: str) -> None:
    try:
        await command.run(desk, argument)
    except Misused:
        desk.face.tell(t("Write it like this: {usage}", usage=command.usage), kind="error")


async def _help(desk: Desk, argument: str) -> None:
    desk.face.help(argument)


async def _quit(desk: Desk, argument: str) -> None:
    desk.face.leave()


def _action(portuguese: str, english: str, action: str, help: str) -> Command:
    """A command that does what a key does."""

    async def run(desk: Desk, argument: str) -> None:
        desk.act(action)

    return Command((portuguese, english), "", help, run)


HELP = Command(("/ajuda", "/help"), mark("[WORD]"), mark("this help; with a word: only what has it"), _help)
ACTIONS = (
    _action("/novas", "/unread", "next_unread", mark("go to the next room or talk with something new")),
    _action("/anterior", "/back", "last_talk", mark("go to the room or talk before this one")),
    _action("/antigas", "/older", "page_up", mark("show older messages")),
    _action("/recentes", "/newer", "page_down", mark("show newer messages")),
    _action("/fim", "/end", "newest", mark("show the newest message")),
    _action("/naolidas", "/firstunread", "first_unread", mark("show the first unread message")),
    _action("/escolher", "/select", "select", mark("choose a message with the keys")),
    _action("/redigir", "/editor", "edit_outside", mark("write in the editor of this system ($EDITOR)")),
)
QUIT = Command(("/sair", "/quit", "/exit"), "", mark("leave the chat (so do #sair and Desconectar)"), _quit)
COMMANDS = (
    HELP,
    *places.COMMANDS,
    *speech.COMMANDS,
    *finding.COMMANDS,
    *moderation.COMMANDS,
    *tuning.COMMANDS,
    *ACTIONS,
    QUIT,
)
NAMED = {name: command for command in COMMANDS for name in command.names}


def help_lines() -> list[str]:
    """What can be typed, a line each."""
    lines = [t("What you write goes to the open room or talk.")]
    lines.append(t("@NAME TEXT — only that person reads it"))
    lines += [f"{command.usage} — {t(command.help)}" for command in COMMANDS]
    lines.append(t(":NAME: — an emoji, like :joinha: or :thumbsup: (Tab completes it)"))
    lines.append(t("//TEXT — say a line that begins with a slash"))
    return lines
