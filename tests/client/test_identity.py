"""A person's key in its file: made once, for its owner only, carried as text, sealed by a passphrase."""

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat import proof
from chat.client import identity
from chat.client.identity import NotAnIdentity, WrongPassphrase
from chat.errors import DataRefused


def test_made_on_first_use(tmp_path: Path) -> None:
    """The file is made, 0600, with a key that proves itself, and stays the same."""
    text = identity.kept(tmp_path / "identity")
    me = identity.read(text)
    assert identity.kept(tmp_path / "identity") == text
    assert proof.holds(me.public, me.sign(b"x"), b"x")
    assert me.shown == proof.shown(me.public)
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["identity"]


def test_a_file_that_others_could_read(tmp_path: Path) -> None:
    """However the file came there, it is for its owner only from then on."""
    identity.kept(tmp_path / "identity")
    (tmp_path / "identity").chmod(0o644)
    identity.kept(tmp_path / "identity")
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o600


def test_two_programs_start_at_once(tmp_path: Path) -> None:
    """Several programs that start for the first time at the same moment share one identity."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        texts = pool.map(identity.kept, [tmp_path / "identity"] * 8)
    assert len(set(texts)) == 1
    assert identity.read(texts[0])


def test_carried_to_another_machine(tmp_path: Path) -> None:
    """What is exported is imported, and the identity that was there stays beside it."""
    here, there = tmp_path / "a", tmp_path / "b"
    mine, old = identity.read(identity.kept(here)), identity.kept(there)
    identity.keep(there, mine.written())
    assert identity.read(identity.kept(there)).public == mine.public
    assert there.with_name("b.old").read_text() == old
    assert stat.S_IMODE(there.with_name("b.old").stat().st_mode) == 0o600


def test_sealed_by_a_passphrase(tmp_path: Path) -> None:
    """With a passphrase the text is of no use without it; a wrong one is said to be wrong."""
    mine = identity.read(identity.kept(tmp_path / "identity"))
    text = mine.written("três tigres")
    assert mine.written().split('"secret":"')[1][:43] not in text
    assert identity.read(text, "três tigres").public == mine.public
    with pytest.raises(WrongPassphrase) as none:
        identity.read(text)
    assert none.value.needed
    with pytest.raises(WrongPassphrase) as wrong:
        identity.read(text, "tres tigres")
    assert not wrong.value.needed


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_no_text_is_an_identity_by_chance(text: str) -> None:
    """Whatever is in the file, nothing else is raised."""
    with pytest.raises(NotAnIdentity):
        identity.read(text)


@pytest.mark.parametrize(
    "harm",
    [
        {"secret": ""},
        {"secret": "x"},
        {"secret": proof.encoded(bytes(32))},
        {"public": proof.encoded(bytes(32))},
        {"public": ""},
        {"sealed": "x"},
        {"type": "other"},
        {"more": 1},
        {"secret": 5},
    ],
)
def test_a_piece_of_one(tmp_path: Path, harm: dict[str, object]) -> None:
    """A text that was cut, or put together of two, is no identity."""
    text = identity.kept(tmp_path / "identity")
    with pytest.raises(NotAnIdentity):
        identity.read(json.dumps(json.loads(text) | harm))
    with pytest.raises(NotAnIdentity):
        identity.read(text[:-10])


def test_no_place_for_it(tmp_path: Path) -> None:
    """Where no file can be made that is said with its path."""
    for act in (identity.kept, lambda path: identity.keep(path, "x")):
        with pytest.raises(DataRefused) as refused:
            act(tmp_path / "no" / "identity")
        assert refused.value.path == str(tmp_path / "no" / "identity")
