"""The parts of the pages that the program itself writes; `python -m tests.pages` writes them anew."""

import ast
import asyncio
import os
import re
from pathlib import Path

from chat import words
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


def filled(text: str, mark: str, content: str) -> str:
    """`text` with `content` between its two marks."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    assert text.count(begin) == text.count(end) == 1, f"no place for {mark}"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.S)


async def written() -> dict[Path, str]:
    """Every page that has such parts, as it ought to be."""
    contributing = ROOT / "CONTRIBUTING.md"
    pages = {contributing: filled(contributing.read_text(), "files", files())}
    for name, lang in READMES.items():
        screen = f"```text\n{await picture(lang)}\n```"
        pages[ROOT / name] = filled((ROOT / name).read_text(), "screen", screen)
    return pages


if __name__ == "__main__":
    manual = manuals.written(os.environ.__setitem__)
    for page, text in (asyncio.run(written()) | manual).items():
        page.write_text(text)
