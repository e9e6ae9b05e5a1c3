"""The walls between the parts of the program, and the sizes of its files, read from the source."""

import ast
from collections.abc import Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import chat

ROOT = Path(chat.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
SERVING = ["chat.server", "chat.operating", "chat.hub", "chat.registry", "chat.limits", "chat.cluster"]
TOWERS = [*SERVING, "chat.client", "chat.tui", "chat.doors", "chat.check", "chat.load"]
DRAWING = ["prompt_toolkit"]
WIRES = ["asyncio", "socket", "ssl", "threading", "uvloop"]
OUTSIDE = [*WIRES, "sqlite3", "nats", *DRAWING]
PURE = ["chat.errors", "chat.framing", "chat.names", "chat.text", "chat.messages", "chat.protocol"]
PURE += ["chat.hub.hub", "chat.limits.buckets", "chat.client.state", "chat.tui.rows.render"]
PROMISES = ("Sans-I/O.", "Pure.")
"""What a file says of itself at the end of its first sentence, and is then held to."""


def name_of(path: Path) -> str:
    """The module of a file."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in FILES}
PACKAGES = {name_of(path) for path in FILES if path.name == "__init__.py"}


@cache
def tree(module: str) -> ast.Module:
    """What a file says, read where a test first asks: each process of the tests collects all of them."""
    return ast.parse(MODULES[module].read_text("utf-8"), str(MODULES[module]))


@cache
def nodes(module: str) -> list[ast.AST]:
    """All that a file consists of."""
    return list(ast.walk(tree(module)))


def first_line(module: str) -> str:
    """The sentence in which a file says what it owns."""
    with MODULES[module].open(encoding="utf-8") as file:
        return file.readline().strip().strip('"')


def promising() -> list[str]:
    """The modules that call themselves free of I/O."""
    return [module for module in MODULES if first_line(module).endswith(PROMISES)]


class Wall(NamedTuple):
    """Who may not import what. A name stands for the module and all inside it."""

    inside: Sequence[str]
    forbidden: Sequence[str]
    doors: Sequence[str] = ()
    """The modules inside that may all the same."""


WALLS = {
    "the server knows no client": Wall(SERVING, ["chat.client", "chat.tui"]),
    "a client knows no server": Wall(["chat.client", "chat.tui"], SERVING),
    "the hub knows no program": Wall(["chat.hub"], ["chat.operating", "chat.server"]),
    "the records know no hub": Wall(
        ["chat.registry", "chat.limits"], ["chat.hub", "chat.operating", "chat.server"]
    ),
    "the screen knows no wire": Wall(
        ["chat.tui"], ["chat.link", "chat.framing", "chat.protocol", "socket", "ssl"]
    ),
    "the library knows no screen": Wall(["chat.client"], ["chat.tui"]),
    "the ground knows no tower": Wall(
        ["chat"],
        TOWERS,
        [*TOWERS, "chat.__main__"],
    ),
    "the history knows no conversation": Wall(
        ["chat.history"], ["chat.protocol", "chat.link", "chat.framing"]
    ),
    "who judges a server knows only the wire": Wall(
        ["chat.check", "chat.load"],
        [*SERVING, "chat.client", "chat.tui", "chat.doors", "chat.history", "chat.link", "chat.protocol"],
    ),
    "meaning does no I/O": Wall(PURE, OUTSIDE),
    "who promises to do no I/O does none": Wall(promising(), OUTSIDE),
    "rows are kept in two places": Wall(
        ["chat"], ["sqlite3"], ["chat.history", "chat.registry", "chat.client.copy"]
    ),
    "NATS is one implementation": Wall(["chat"], ["nats"], ["chat.cluster"]),
    "only the screen draws": Wall(["chat"], DRAWING, ["chat.tui"]),
}


def is_in(module: str, names: Sequence[str]) -> bool:
    """Whether a module is one of those named, or inside one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


@cache
def imports(module: str) -> set[str]:
    """All that a module imports, anywhere in it, for types or not; of `from a import b` the module."""
    found: set[str] = set()
    for node in nodes(module):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if module in PACKAGES else module.split(".")[:-1]
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in MODULES} or {base}
            found |= {base} if inner - MODULES.keys() else set()
    return found


@cache
def every_import() -> dict[str, set[str]]:
    """What each module imports."""
    return {module: imports(module) for module in MODULES}


def test_the_reading_of_imports_sees_them() -> None:
    """The other tests stand on this one: some imports that are known to be there are found."""
    assert {"chat.messages", "chat.errors", "chat.framing", "msgspec"} <= imports("chat.protocol")
    assert {"asyncio", "socket"} <= imports("chat.link")
    assert "chat.hub.hub" in MODULES
    assert any(is_in(name, DRAWING) for name in set().union(*every_import().values()))
    assert is_in("chat.registry.sqlite", ["chat.registry"])
    assert not is_in("chat.tuition", ["chat.tui"])


def breaches(wall: Wall, read: dict[str, set[str]]) -> list[str]:
    """Who inside a wall imports what is forbidden there."""
    return [
        f"{module} imports {name}"
        for module, names in read.items()
        if is_in(module, wall.inside) and not is_in(module, wall.doors)
        for name in sorted(names)
        if is_in(name, wall.forbidden)
    ]


@pytest.mark.parametrize("wall", WALLS.values(), ids=WALLS)
def test_walls_stand(wall: Wall) -> None:
    """Nothing inside imports what is forbidden there."""
    assert breaches(wall, every_import()) == []


@pytest.mark.parametrize("wall", WALLS.values(), ids=WALLS)
def test_a_breach_is_seen(wall: Wall) -> None:
    """A module inside that imports what is forbidden, or a part of it, does not pass."""
    inside = f"{wall.inside[0]}.new" if wall.inside == ["chat"] else wall.inside[0]
    assert breaches(wall, {inside: {"chat.errors", f"{wall.forbidden[-1]}.part"}}) == [
        f"{inside} imports {wall.forbidden[-1]}.part"
    ]


def test_no_module_imports_itself_by_a_detour() -> None:
    """No cycle at all, imports for types and inside of functions included."""
    graph = {module: {name for name in names if name in MODULES} for module, names in every_import().items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert set(order) == MODULES.keys()


def test_nats_is_imported_only_when_asked_for() -> None:
    """At the top of a file outside the cluster nobody imports it, nor the cluster itself."""
    for module in MODULES:
        if not is_in(module, ["chat.cluster"]):
            top = {
                name
                for node in tree(module).body
                if isinstance(node, ast.Import | ast.ImportFrom)
                for name in _names(node)
            }
            assert not any(is_in(name, ["nats", "chat.cluster"]) for name in top), module


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    base = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [base + alias.name for alias in node.names]


@pytest.mark.parametrize("module", MODULES)
def test_each_file_says_what_it_owns(module: str) -> None:
    """In one sentence, the first line of its docstring."""
    first, *rest = (ast.get_docstring(tree(module)) or "").split("\n")
    assert first == first_line(module)
    assert first.endswith(".")
    assert rest[:1] in ([], [""])


@pytest.mark.parametrize("path", FILES, ids=lambda path: name_of(path))
def test_files_and_functions_are_small(path: Path) -> None:
    """No file over 300 lines, no function with a body over 40."""
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    long = [
        f"{node.name} has {length} lines"
        for node in nodes(name_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := lines_of_body(node)) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def lines_of_body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has after its docstring."""
    body = function.body
    told = ast.get_docstring(function) is not None and len(body) > 1
    return (function.end_lineno or 0) - body[1 if told else 0].lineno + 1


def mentioned(module: str) -> set[str]:
    """Every name, attribute, imported name and text constant in a module."""
    found: set[str] = set()
    for node in nodes(module):
        match node:
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.alias(name=name)
                | ast.Constant(value=str(name))
            ):
                found.add(name)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_text_is_never_read_as_markup(module: str) -> None:
    """What prompt_toolkit obeys or passes on raw is not used: a text could hold an escape or a style."""
    assert not mentioned(module) & {"ANSI", "HTML", "[ZeroWidthEscape]"}


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, ["chat.tui"])])
def test_the_screen_opens_no_connection(module: str) -> None:
    """It may wait with asyncio, but the client is its only way to a server."""
    assert not mentioned(module) & {"open_connection", "start_server", "create_connection", "StreamReader"}


SECRETS = ("secret", "passphrase", "signature", "digest", "hexdigest", "mac")
"""How names of what is compared in constant time end: by `hmac.compare_digest`, or not at all."""


def secret(node: ast.expr) -> bool:
    """Whether an expression is named like something secret."""
    inner = node.func if isinstance(node, ast.Call) else node
    name = getattr(inner, "attr", getattr(inner, "id", ""))
    return isinstance(name, str) and name.endswith(SECRETS)


@pytest.mark.parametrize("module", MODULES)
def test_no_secret_is_compared_by_looking_at_it(module: str) -> None:
    """`==` tells by its time how far two texts are alike; it may stand beside a constant only."""
    for node in nodes(module):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            constant = any(isinstance(side, ast.Constant) for side in sides)
            assert constant or not any(map(secret, sides)), f"{module}:{node.lineno}"


def test_a_comparison_of_secrets_is_seen() -> None:
    """The rule finds what it is for."""
    (compared,) = [node for node in ast.walk(ast.parse("a.digest() == b")) if isinstance(node, ast.Compare)]
    assert secret(compared.left)
    assert not secret(compared.comparators[0])
