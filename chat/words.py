"""The user's language: which one it is, and every sentence in it (gettext catalogues, ids in English)."""

import gettext
from collections.abc import Mapping
from pathlib import Path

DOMAIN = "chat"
LOCALES = Path(__file__).parent / "locale"
PORTUGUESE = "pt_BR"
ENGLISH = "en"

_VARIABLES = ("CHAT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_NO_LANGUAGE = frozenset({"", "c", "posix"})
_chosen: gettext.NullTranslations = gettext.NullTranslations()
_spoken = ENGLISH


def language(environ: Mapping[str, str], wanted: str = "") -> str:
    """The catalogue for `wanted` (`--lang`), else for the first variable set in `environ`.

    Portuguese when nothing says otherwise: C and POSIX name no language. A language that has no catalogue
    reads English.
    """
    values = (wanted, *(environ.get(name, "") for name in _VARIABLES))
    said = next((value for value in values if value), "")
    tag = said.replace("-", "_").split(".")[0].split("@")[0].lower()
    if tag in _NO_LANGUAGE or tag.split("_")[0] == "pt":
        return PORTUGUESE
    return ENGLISH


def use(lang: str) -> None:
    """Speak `lang` (an answer of `language`) from now on, in the whole process.

    Raises FileNotFoundError if there is no such catalogue.
    """
    global _chosen, _spoken
    _chosen, _spoken = gettext.translation(DOMAIN, LOCALES, [lang]), lang


def spoken() -> str:
    """The language in use."""
    return _spoken


def t(msgid: str, **params: object) -> str:
    """The sentence for `msgid` with its `{params}` filled in; what they hold is never read as a template."""
    sentence = _chosen.gettext(msgid)
    return sentence.format(**params) if params else sentence


def n(singular: str, plural: str, count: int, **params: object) -> str:
    """The sentence in the form that `count` needs; `{n}` in it is the count."""
    return _chosen.ngettext(singular, plural, count).format(n=count, **params)


def mark(msgid: str) -> str:
    """`msgid` itself: tells the extractor of a sentence that stands in a table and is translated later."""
    return msgid
