"""The lines of an export: one JSON object each, of which `is` says what it is."""

import msgspec
from msgspec import Struct

from chat.history.base import Entry, Kind
from chat.history.rows import storable
from chat.messages import MAX_ID
from chat.registry.base import Deed, Record

FORMAT = 1
LONGEST = 2**20
"""Bytes of a line at most; an entry with a body of 64 KiB, every character escaped, has less than half."""


class Header(Struct, tag_field="is", tag="header", frozen=True, kw_only=True):
    """The first line. `log`, `head` and `floor` are the history's: up to `floor` all was removed for its age.

    `of` is what it has: "all", or what was asked for of it, `@NAME` or `#ROOM`.
    """

    format: int = FORMAT
    log: str
    head: int
    floor: int = 0
    of: str = "all"


class Kept(Struct, tag_field="is", tag="record", frozen=True, kw_only=True, omit_defaults=True):
    """A record of the registry, its value as text or, where it is none, in base64."""

    key: str
    revision: int
    text: str | None = None
    data: bytes | None = None


class Done(Struct, tag_field="is", tag="deed", frozen=True, kw_only=True, omit_defaults=True):
    """What somebody with rights did; see registry.Deed."""

    scope: str
    at: int
    by: str
    did: str
    whom: str = ""
    what: str = ""


class Said(Struct, tag_field="is", tag="entry", frozen=True, kw_only=True, omit_defaults=True):
    """An entry with all that it is; see history.base.Entry. `kind` is one of KINDS."""

    id: int
    conversation: str
    owner: str
    cid: str
    to: str
    sender: str
    ts: int
    body: str
    readers: tuple[str, ...] = ()
    author: str = ""
    kind: str = "message"
    target: int | None = None
    damaged: bool = False


class End(Struct, tag_field="is", tag="end", frozen=True, kw_only=True):
    """The last line: how many of each there were before it."""

    records: int
    entries: int
    deeds: int = 0


Line = Header | Kept | Done | Said | End

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Line, strict=True).decode
KINDS = {kind: kind.name.lower() for kind in Kind}
_KINDS = {name: kind for kind, name in KINDS.items()}


def record(key: str, kept: Record) -> Kept:
    """The line of a record."""
    try:
        return Kept(key=key, revision=kept.revision, text=kept.value.decode())
    except UnicodeDecodeError:
        return Kept(key=key, revision=kept.revision, data=kept.value)


def kept(line: Kept) -> Record:
    """The record of a line. Raises ValueError where it has both values or neither."""
    value = line.data if line.text is None else line.text.encode()
    if value is None or None not in (line.text, line.data) or line.revision < 1:
        raise ValueError("value")
    return Record(value, line.revision)


def done(deed: Deed) -> Done:
    """The line of a deed."""
    return Done(scope=deed.scope, at=deed.at, by=deed.by, did=deed.did, whom=deed.whom, what=deed.what)


def deed(line: Done) -> Deed:
    """The deed of a line; its number comes with its place. Raises ValueError for what none can be."""
    texts = (line.scope, line.by, line.did, line.whom, line.what)
    if not -(2**63) <= line.at < 2**63 or "\0" in "".join(texts):
        raise ValueError("a time or a text")
    return Deed(line.scope, line.at, line.by, line.did, line.whom, line.what)


def said(entry: Entry) -> Said:
    """The line of an entry; of one so damaged that it cannot be kept anew only the place."""
    if entry.damaged and not (entry.owner and storable(entry)):
        return Said(
            id=entry.id,
            conversation="",
            owner="",
            cid=f"#{entry.id}",
            to="",
            sender="",
            ts=0,
            body="",
            damaged=True,
        )
    return Said(
        id=entry.id,
        conversation=entry.conversation,
        owner=entry.owner,
        cid=entry.cid,
        to=entry.to,
        sender=entry.sender,
        ts=entry.ts,
        body=entry.body,
        readers=entry.readers,
        author=entry.author,
        kind=KINDS[entry.kind],
        target=entry.target,
        damaged=entry.damaged,
    )


def entry(line: Said) -> Entry:
    """The entry of a line. Raises ValueError for what none can be."""
    if line.kind not in _KINDS or len(line.readers) not in (0, 2) or not 0 < line.id <= MAX_ID:
        raise ValueError("kind, readers or id")
    readers: tuple[str, str] | tuple[()] = (line.readers[0], line.readers[1]) if line.readers else ()
    return Entry(
        line.id,
        line.conversation,
        line.owner,
        line.cid,
        line.to,
        line.sender,
        line.ts,
        line.body,
        readers,
        line.author,
        _KINDS[line.kind],
        line.target,
        line.damaged,
    )
