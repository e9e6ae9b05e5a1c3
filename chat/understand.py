"""What a line that was typed means. Pure."""

GOODBYES = frozenset({"#sair", "Desconectar"})
"""Alone on a line they end the session, as in the original programs."""
QUIT = "/quit"
WHISPER = "/msg"


def understand(text: str) -> tuple[str, str]:
    """The command word and what follows it; the word is empty for something to be said as it stands.

    `@name text` at the beginning of a line is a private message; `//` says a line that begins with a slash.
    """
    bare = text.strip()
    if bare in GOODBYES:
        return QUIT, ""
    if text.startswith("//"):
        return "", text[1:].rstrip()
    if text.startswith("/"):
        word, *rest = bare.split(maxsplit=1)
        return word.casefold(), "".join(rest)
    if text.startswith("@") and not text[1:2].isspace() and bare != "@":
        return WHISPER, bare
    return "", text.rstrip()
