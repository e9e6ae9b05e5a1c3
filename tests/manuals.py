"""The manual pages: what people write stands in chat/locale/*/man1, what tables say is filled in here."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from chat import words
from chat.operating import keeping
from chat.server import arguments as server
from chat.tui.commands.commands import help_lines
from chat.tui.desk.keys import key_lines
from chat.tui.shell import usages as client
from chat.tui.shell.exits import EXITS
from chat.usage import Parser, Table, Usage
from chat.words import LOCALES, t

LANGUAGES = (words.ENGLISH, words.PORTUGUESE)
PAGES = ("chat-client.1", "chat-server.1")


def escaped(text: str) -> str:
    """Text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{text}" if text[:1] in (".", "'") else text


def terms(pairs: Iterable[tuple[str, str]]) -> str:
    """Terms with what they mean below each."""
    return "\n".join(f".TP\n.B {escaped(term)}\n{escaped(meaning)}" for term, meaning in pairs)


def options(parser: Parser) -> str:
    """Every option as --help has it."""
    pairs = []
    for group in parser._action_groups:
        for action in group._group_actions:
            value = f" {action.metavar}" if action.metavar and action.option_strings else ""
            name = ", ".join(action.option_strings) or str(action.metavar)
            pairs.append((f"{name}{value}", (action.help or "").replace("%%", "%")))
    return terms(pairs)


def synopsis(parser: Parser) -> str:
    """The one line of use."""
    return f".nf\n{escaped(parser.format_usage().partition(' ')[2].rstrip())}\n.fi"


def table(said: Table) -> str:
    """The rows of a table of the usage."""
    return terms((name, t(meaning)) for name, meaning in said.rows)


def dashed(lines: Iterable[str]) -> str:
    """Lines of a help, each a term and its meaning with a dash between; one without stands for itself."""
    return terms((term, meaning) for term, dash, meaning in (line.partition(" — ") for line in lines) if dash)


def examples(*usages: Usage) -> str:
    """The examples that --help gives."""
    return terms((name, t(meaning)) for said in usages for name, meaning in said.tables[0].rows)


def server_commands() -> str:
    """What keeps a server's data, each with how it is typed and what it does."""
    pairs = []
    for command in keeping.COMMANDS.values():
        usage = Parser(command.usage, {}).format_usage().partition(" ")[2]
        pairs.append((" ".join(usage.split()), t(command.usage.description)))
    return terms(pairs)


PARTS: dict[str, Callable[[], str]] = {
    "synopsis": lambda: synopsis(client.parser(client.CLIENT)),
    "options": lambda: options(client.parser(client.CLIENT)),
    "send synopsis": lambda: synopsis(client.parser(client.SEND)),
    "send options": lambda: options(client.parser(client.SEND)),
    "tail synopsis": lambda: synopsis(client.parser(client.TAIL)),
    "tail options": lambda: options(client.parser(client.TAIL)),
    "examples": lambda: examples(client.SEND, client.TAIL),
    "exits": lambda: table(EXITS),
    "commands": lambda: dashed(help_lines()),
    "keys": lambda: dashed(key_lines()),
    "server synopsis": lambda: synopsis(server.parser()),
    "server options": lambda: options(server.parser()),
    "server commands": server_commands,
    "server exits": lambda: table(server.EXITS),
}


def filled(text: str) -> str:
    """A page with every part between its marks written anew, in the language in use."""

    def part(found: re.Match[str]) -> str:
        return f'.\\" <{found[1]}>\n{PARTS[found[1]]()}\n.\\" </{found[1]}>'

    return re.sub(r'^\.\\" <([a-z ]+)>\n.*?^\.\\" </\1>$', part, text, flags=re.S | re.M)


def written(columns: Callable[[str, str], None]) -> dict[Path, str]:
    """Every manual page as it ought to be; `columns` sets COLUMNS, by which usages are laid out."""
    columns("COLUMNS", "72")
    pages = {}
    before = words.spoken()
    for lang in LANGUAGES:
        words.use(lang)
        for name in PAGES:
            path = LOCALES / lang / "man1" / name
            pages[path] = filled(path.read_text("utf-8"))
    words.use(before)
    return pages
