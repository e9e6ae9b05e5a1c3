"""What the configuration file may say, and what is said of what is wrong in it."""

import pytest

from chat.tui.desk.config import Config, language, load
from chat.tui.desk.keys import KEYS, shown


@pytest.fixture
def written(tmp_path):
    """Write the file and read it."""

    def write(text):
        path = tmp_path / "client.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        config, wrong = load(path, ("dark", "light"))
        return config, [fault.sentence().removeprefix(str(path)) for fault in wrong]

    return write


def test_no_file(tmp_path):
    """Without a file everything is as it comes."""
    assert load(tmp_path / "client.toml") == (Config(), [])


def test_everything(written):
    """Everything that can be said."""
    config, wrong = written(
        """
        theme = "light"
        language = "en"
        bell = false
        notices = 777
        keywords = ["redes", "prova"]

        [keys]
        switch = "Ctrl-G"
        search = ["Ctrl-F", "Alt-F"]
        """
    )
    assert wrong == []
    assert (config.theme, config.language, config.bell, config.notices) == ("light", "en", False, "777")
    assert config.keywords == ("redes", "prova")
    assert shown(config.keys, "switch") == "Ctrl-G"
    assert shown(config.keys, "help") == "F1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bell = true\ntheme = 'rosa'", ", linha 2: theme: pode ser um destes: dark, light"),
        ("language = 'klingon'", ", linha 1: language: pode ser um destes: pt, en"),
        ("bell = 1", ", linha 1: bell: pode ser um destes: true, false"),
        ("notices = true", ", linha 1: notices: pode ser um destes: auto, off, 9, 99, 777"),
        (
            "keywords = 'redes'",
            ', linha 1: keywords: tem de ser uma lista de palavras, assim: ["uma", "duas"]',
        ),
        ("keys = 1", ", linha 1: keys: tem de ser uma tabela de ações e teclas, sob [keys]"),
        (
            "\n[keys]\nswitch = 1",
            ', linha 2: keys: as teclas se escrevem assim: switch = "Ctrl-K" ou switch = ["Ctrl-K", "Alt-K"]',
        ),
        ("\n[keys]\nswitch = 'Ctrl-Ñ'", ", linha 3: switch = Ctrl-Ñ: nenhum terminal tem essa tecla"),
        ("[keys]\nfly = 'F5'", ", linha 2: fly: não existe essa ação"),
        ("\n\nbell = = 1", ", linha 3: isto não é TOML"),
        (b"theme = '\xff'", ": isto não é TOML"),
        (
            "colour = 'red'",
            ", linha 1: colour: não existe esse item; existem: "
            "theme, language, keywords, bell, notices, keys",
        ),
    ],
)
def test_what_is_wrong(written, text, sentence):
    """Each wrong entry is one sentence with file, line and entry; the others count, and it starts."""
    config, wrong = written(text)
    assert wrong == [sentence]
    assert config.keys == KEYS or text.startswith(("[keys]", "\n[keys]"))


def test_unreadable(tmp_path):
    """A file that cannot be read is said to be so."""
    _, wrong = load(tmp_path)
    assert [fault.sentence() for fault in wrong] == [f"{tmp_path}: não pode ser lido"]


def test_nothing_in_it_touches_the_terminal(written):
    """What stands in the file is shown safely."""
    _, wrong = written('"a\\u001b[2J" = 1')
    assert "\x1b" not in wrong[0]


def test_language(tmp_path, monkeypatch):
    """The file's language counts where CHAT_LANG says nothing."""
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "client.toml").write_text('language = "en"')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert (language({}), language({"CHAT_LANG": "pt"})) == ("en", "")
