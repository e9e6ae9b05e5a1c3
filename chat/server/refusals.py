"""Why data is not used, in a sentence that says what to do."""

from pathlib import Path

from chat.errors import DataRefused
from chat.server.data import HISTORY, REGISTRY
from chat.words import mark, t

_SENTENCES = {
    "newer_schema": mark(
        "{path} was written by a newer version of chat; nothing was changed. "
        "Update this one, or restore an older backup: {restore}"
    ),
    "damaged": mark("{path} is damaged ({detail}); nothing was changed. Restore a backup: {restore}"),
    "in_use": mark("{path} is in use by another chat-server; choose another folder with --data."),
    "exposed": mark("{path} can be read by everybody on this machine: chmod 600 {path}"),
    "bad_certificate": mark("{path} is no certificate with its key ({detail})."),
    "unreadable": mark("{path} cannot be read or written ({detail}); choose another folder with --data."),
    "no_history": mark("{path} has no history of a server; name its folder with --data."),
    "not_empty": mark("{path} has a history already; name an empty folder with --data."),
    "not_whole": mark("{path} is no backup, or not all of one ({detail}); nothing was changed."),
    "newer_archive": mark("{path} was made by a newer version of chat; update this one."),
}


def refusal(error: DataRefused) -> str:
    """What is wrong with a file or folder, and what helps."""
    sentence = _SENTENCES.get(error.reason)
    if sentence is None:
        return str(error)
    return t(sentence, path=error.path, detail=error.detail, restore=_restore(Path(error.path)))


def _restore(path: Path) -> str:
    """The line to type where a file of a data folder is of no use."""
    folder = path.parent if path.name in (HISTORY, REGISTRY) else path
    return f"chat-server restore {t(mark('FILE'))} --data {folder}"
