"""Which language is spoken, and that no sentence is missing in either of them."""

import gettext
import os
import sys
from subprocess import run

import pytest

from chat import words
from tests import catalogues


@pytest.mark.parametrize(
    ("environ", "wanted", "spoken"),
    [
        ({}, "", "pt_BR"),
        ({"LANG": "C.UTF-8"}, "", "pt_BR"),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, "", "pt_BR"),
        ({"LANG": "pt_PT.UTF-8@euro"}, "", "pt_BR"),
        ({"LANG": "en_GB.UTF-8"}, "", "en"),
        ({"LANG": "de_DE.UTF-8"}, "", "en"),
        ({"LANG": "pt_BR", "LC_MESSAGES": "en_US"}, "", "en"),
        ({"LC_ALL": "", "LANG": "en"}, "", "en"),
        ({"CHAT_LANG": "pt", "LC_ALL": "en_US"}, "", "pt_BR"),
        ({"CHAT_LANG": "pt", "LC_ALL": "en_US"}, "en", "en"),
        ({"LANG": "en_US"}, "pt-BR", "pt_BR"),
    ],
)
def test_the_language(environ, wanted, spoken):
    """The option comes before CHAT_LANG, that before the locale; Portuguese when none says anything."""
    assert words.language(environ, wanted) == spoken


def test_importing_changes_nothing():
    """Until `use` is called the ids themselves, which are English, are the sentences."""
    code = "from chat import words; print(words.t('Send'), words.n('{n} new', '{n} newer', 2))"
    environ = {**os.environ, "LANG": "pt_BR.UTF-8", "LANGUAGE": "pt_BR"}
    done = run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "Send 2 newer\n"


def test_parameters_are_no_templates():
    """Braces in what a parameter holds stay braces."""
    assert words.t("Hello, {name}", name="{0.__class__}") == "Hello, {0.__class__}"


@pytest.mark.parametrize("lang", catalogues.LANGUAGES)
def test_catalogue_is_complete(lang):
    """Every sentence in the code is translated, none is fuzzy, none is left over, none lost a parameter."""
    wanted = {message.id for message in catalogues.extracted() if message.id}
    have = [message for message in catalogues.read(lang) if message.id]
    assert {message.id for message in have} == wanted
    assert [message.id for message in have if not all(catalogues.forms(message.string))] == []
    assert [message.id for message in have if message.fuzzy] == []
    assert [message.id for message, faults in catalogues.read(lang).check() if faults] == []


@pytest.mark.parametrize("lang", catalogues.LANGUAGES)
def test_compiled_catalogue_is_current(lang):
    """The committed .mo says what the .po says."""
    spoken = gettext.translation(words.DOMAIN, words.LOCALES, [lang])
    for message in catalogues.read(lang):
        if isinstance(message.id, tuple):
            forms = tuple(spoken.ngettext(*message.id, count) for count in (1, 2))
            assert forms == message.string
        elif message.id:
            assert spoken.gettext(message.id) == message.string


@pytest.mark.parametrize(
    "sentence",
    [
        "Uso correto: script, endereço IP, número da porta",
        "Servidor Iniciado...",
        "Servidor não foi inicializado.",
        "Não foi possível iniciar o servidor.",
        "Não foi possível conectar-se ao servidor.",
        "Não foi possível manter-se conectado.",
        "Pressione <ENTER> para continuar.",
        "Usuário: ",
        "Cliente conectado",
        "Conectado.",
        "[Enviar]",
    ],
)
def test_original_sentences(sentence):
    """The sentences of the five original systems stand in the Portuguese catalogue word for word."""
    assert sentence in {message.string for message in catalogues.read(words.PORTUGUESE)}
