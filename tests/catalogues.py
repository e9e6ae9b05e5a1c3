"""The catalogues' workshop: which sentences the code has; `python -m tests.catalogues` renews the files."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from chat.words import DOMAIN, ENGLISH, LOCALES, PORTUGUESE

LANGUAGES = (PORTUGUESE, ENGLISH)
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # dates in the files would only make every update a difference
KEYWORDS = {"t": None, "mark": None, "n": (1, 2)}


def extracted() -> Catalog:
    """Every sentence that the code asks for, sorted, without places (they would change with every edit)."""
    template = Catalog(project="chat", charset="utf-8", creation_date=NO_DATE)
    for _, _, message, _, context in extract_from_dir(LOCALES.parent, keywords=KEYWORDS):
        template.add(message, context=context)
    return template


def po(lang: str) -> Path:
    """Where a language's sentences are written by people."""
    return LOCALES / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(lang: str) -> Catalog:
    """A language's sentences; an empty catalogue where there is no file yet."""
    if not po(lang).exists():
        return Catalog(locale=lang, project="chat", charset="utf-8", revision_date=NO_DATE)
    with po(lang).open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    """What the .mo file of a catalogue has to hold."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def update() -> int:
    """Write every .po and .mo anew and return how many sentences still have no translation."""
    template = extracted()
    missing = 0
    for lang in LANGUAGES:
        catalogue = read(lang)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        if lang == ENGLISH:
            for message in catalogue:
                message.string = message.id  # the ids are English
        missing += sum(not all(forms(message.string)) for message in catalogue if message.id)
        po(lang).parent.mkdir(parents=True, exist_ok=True)
        with po(lang).open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=100, omit_header=False)
        po(lang).with_suffix(".mo").write_bytes(compiled(catalogue))
    return missing


def forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    """The translation's plural forms: one where the sentence has none."""
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    print(f"{update()} sentences without a translation")
