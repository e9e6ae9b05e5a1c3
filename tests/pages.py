"""The parts of the pages that the program itself writes; `python -m tests.pages` writes them anew."""

import ast
import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chat import words
from chat.tui.commands.commands import COMMANDS
from chat.tui.desk.keys import KEYS, Mode
from tests import manuals
from tests.tui.picture import picture

ROOT = Path(__file__).parent.parent
READMES = {"README.md": words.ENGLISH, "README.pt-BR.md": words.PORTUGUESE}


def files() -> str:
    """A table of every file in the package with the sentence it begins with."""
    rows = ["| file | owns |", "| --- | --- |"]
    for path in sorted((ROOT / "chat").rglob("*.py"), key=lambda path: (len(path.parts), path)):
        sentence = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0]
        rows.append(f"| `{path.relative_to(ROOT).as_posix()}` | {' '.join(sentence.split())} |")
    return "\n".join(rows)


def spoken(function: Callable[[], object], lang: str) -> Any:
    """What something is in a language."""
    before = words.spoken()
    words.use(lang)
    try:
        return function()
    finally:
        words.use(before)


def in_both(msgid: str) -> str:
    """A sentence in English and Portuguese, as two cells of a table."""
    return " | ".join(spoken(lambda: words.t(msgid), lang) for lang in (words.ENGLISH, words.PORTUGUESE))


def command_table() -> str:
    """Every command under its names, with what it does."""
    rows = ["| command | comando | what it does | o que faz |", "| --- | --- | --- | --- |"]
    for command in COMMANDS:
        usages = [spoken(lambda c=command: c.usage, lang) for lang in (words.ENGLISH, words.PORTUGUESE)]
        named = " | ".join(f"`{usage}`".replace("|", "\\|") for usage in usages)
        rows.append(f"| {named} | {in_both(command.help)} |")
    return "\n".join(rows)


def key_table() -> str:
    """Every action with its keys, when it can be done, and what it does."""
    rows = ["| keys | action | while | what it does | o que faz |", "| --- | --- | --- | --- | --- |"]
    for key in KEYS:
        keys = ", ".join(f"`{name}`" for name in key.keys)
        modes = "always" if len(key.modes) == len(Mode) else ", ".join(key.modes)
        rows.append(f"| {keys} | `{key.action}` | {modes} | {in_both(key.help)} |")
    return "\n".join(rows)


def filled(text: str, mark: str, content: str) -> str:
    """`text` with `content` between its two marks."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    assert text.count(begin) == text.count(end) == 1, f"no place for {mark}"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.S)


async def written() -> dict[Path, str]:
    """Every page that has such parts, as it ought to be."""
    contributing = ROOT / "CONTRIBUTING.md"
    pages = {contributing: filled(contributing.read_text(), "files", files())}
    client = ROOT / "chat" / "tui" / "CLIENT.md"
    pages[client] = filled(filled(client.read_text(), "commands", command_table()), "keys", key_table())
    for name, lang in READMES.items():
        screen = f"```text\n{await picture(lang)}\n```"
        pages[ROOT / name] = filled((ROOT / name).read_text(), "screen", screen)
    return pages


if __name__ == "__main__":
    manual = manuals.written(os.environ.__setitem__)
    for page, text in (asyncio.run(written()) | manual).items():
        page.write_text(text)
