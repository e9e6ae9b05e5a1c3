"""What anything that calls itself a history must pass; a subclass says how one is made."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from chat.errors import StorageFailed
from chat.history.base import Draft, Fold, History, Kind, Outcome, Page, pair
from tests.history import script
from tests.history.told import Told, change, draft, opened, private

Make = Callable[[], History]


class Ticket(msgspec.Struct):
    """A ticket that may be void."""

    void: bool


_MANY = settings(
    max_examples=60,
    deadline=None,  # a commit takes as long as the disk does
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


async def filled(history: History, told: Told, drafts: list[Draft]) -> None:
    """Submit all and wait until each is reported."""
    wanted = len(told.tickets) + len(drafts)
    for one in drafts:
        history.submit(one)
    await told.reports(wanted)


def ids(page: Page) -> list[int]:
    return [entry.id for entry in page.entries]


class Conformance:
    """Every history. A subclass has the fixture `fresh`: each call gives a way to make one more history."""

    @pytest.fixture
    def make(self, fresh: Callable[[], Make]) -> Make:
        return fresh()

    async def test_new_is_empty(self, make: Make) -> None:
        """A new history has a name, no entries and the head 0."""
        async with opened(make) as (history, _):
            assert len(history.log) >= 16
            assert history.head == 0
            assert (await history.page("#geral", limit=10)).entries == []
            assert (await history.follow(["#geral"], "ana", after=0, until=9, limit=10)).more is False

    async def test_another_has_another_name(self, fresh: Callable[[], Make]) -> None:
        """No two histories have the same `log`."""
        async with opened(fresh()) as (one, _), opened(fresh()) as (other, _):
            assert one.log != other.log

    async def test_what_is_void_when_its_turn_comes(self, make: Make) -> None:
        """A draft whose ticket is void by then is not stored and fails alone; its `cid` may be used again."""
        async with opened(make) as (history, told):
            history.submit(draft(1), Ticket(void=False))
            history.submit(draft(2), Ticket(void=True))
            history.submit(draft(3))
            await history.settled()
            assert [outcome.entry.cid for outcome in told.outcomes] == [draft(1).cid, draft(3).cid]
            assert [(one.draft, one.revoked, one.final) for one in told.failures] == [(draft(2), True, False)]
            assert (await history.append(draft(2))).id == told.outcomes[-1].entry.id

    async def test_settled_is_after_the_reports(self, make: Make) -> None:
        """Who waits for what was submitted so far goes on once all of it is reported."""
        async with opened(make) as (history, told):
            for number in range(700):
                history.submit(draft(number))
            await history.settled()
            assert len(told.outcomes) == 700

    async def test_append_gives_the_entry(self, make: Make) -> None:
        """`append` returns the draft with its id, and a page read after it has it."""
        async with opened(make) as (history, told):
            entry = await history.append(draft(7))
            expected = msgspec.structs.asdict(draft(7)) | {"id": entry.id, "damaged": False, "fold": None}
            assert msgspec.structs.asdict(entry) == expected
            assert history.head == entry.id > 0
            assert (await history.page("#geral", limit=10)).entries == [entry]
            assert told.entries == [entry]

    async def test_order_of_submit_is_order_of_ids(self, make: Make) -> None:
        """3,000 drafts of many rooms and owners are reported once each, in order, with their tickets."""
        async with opened(make) as (history, told):
            drafts = [draft(i, room=f"#{i % 7}", owner=f"u{i % 11}") for i in range(3_000)]
            for ticket, one in enumerate(drafts):
                history.submit(one, ticket)
            await told.reports(3_000)
            assert told.tickets == list(range(3_000))
            assert [entry.cid for entry in told.entries] == [one.cid for one in drafts]
            found = [entry.id for entry in told.entries]
            assert found == sorted(set(found))
            assert history.head == told.heads[-1] == found[-1]
            assert told.heads == sorted(told.heads)

    async def test_head_is_that_of_the_batch(self, make: Make) -> None:
        """While a batch is handed over, `head` is already the highest id in it."""
        seen = []
        history = make()
        told = Told()

        def committed(outcomes: Sequence[Outcome], head: int) -> None:
            seen.append((history.head, head, max(outcome.entry.id for outcome in outcomes)))
            told.committed(outcomes, head)

        await history.open(committed, told.failed)
        await filled(history, told, [draft(i) for i in range(50)])
        await history.close()
        assert seen
        assert all(own == head == highest for own, head, highest in seen)

    async def test_what_was_reported_is_read(self, make: Make) -> None:
        """A read that begins when a batch is reported finds all of it."""
        async with opened(make) as (history, told):
            for number in range(20):
                await filled(history, told, [draft(2 * number), draft(2 * number + 1)])
                page = await history.page("#geral", limit=2)
                assert page.entries == told.entries[-2:]

    async def test_repeated_cid(self, make: Make) -> None:
        """The first (owner, cid) counts for ever, also with another body, room or time."""
        async with opened(make) as (history, told):
            first = await history.append(draft(1))
            await filled(history, told, [draft(2), draft(1, room="#other", body="changed"), draft(3)])
            assert [outcome.first for outcome in told.outcomes] == [True, True, False, True]
            assert told.entries[2] == first
            assert await history.append(draft(1, body="again")) == first
            assert (await history.page("#other", limit=9)).entries == []
            assert len((await history.page("#geral", limit=9)).entries) == 3

    async def test_repeated_in_one_batch(self, make: Make) -> None:
        """Of repetitions that arrive together the first submitted counts."""
        async with opened(make) as (history, told):
            drafts = [draft(i // 3, body=str(i)) for i in range(300)]
            await filled(history, told, drafts)
            assert [outcome.first for outcome in told.outcomes] == [True, False, False] * 100
            assert [entry.body for entry in told.entries[1::3]] == [str(i) for i in range(0, 300, 3)]
            assert [entry.id for entry in told.entries[::3]] == [entry.id for entry in told.entries[2::3]]

    async def test_cid_is_of_its_owner(self, make: Make) -> None:
        """Two owners may use the same `cid`."""
        async with opened(make) as (history, _):
            one, other = await history.append(draft(1)), await history.append(draft(1, owner="rui"))
            assert (one.owner, other.owner) == ("ana", "rui")
            assert one.id < other.id

    async def test_concurrent_repetitions(self, make: Make) -> None:
        """Of 50 appends of the same draft at once there is one entry, and everybody gets it."""
        async with opened(make) as (history, _):
            entries = await asyncio.gather(*(history.append(draft(1, body=str(i))) for i in range(50)))
            assert len({entry.id for entry in entries}) == 1
            assert (await history.page("#geral", limit=9)).entries == [entries[0]]

    async def test_text_comes_back_as_it_was(self, make: Make) -> None:
        """Any text but NUL and lone surrogates, and any time of 64 bits, comes back unchanged."""
        text = "\x01\t\n\x7f\x85\"\\ \\u0000 'é' \u202e\ufeff\uffff 🫨 \U0010ffff"
        strange = Draft(
            text, text + "o", text + "c", text + "t", text + "s", -(2**63), text, ("a" + text, text)
        )
        async with opened(make) as (history, _):
            entry = await history.append(strange)
            assert (await history.page(text, limit=1)).entries == [entry]
            assert entry.body == text
            last = msgspec.structs.replace(strange, cid="2", ts=2**63 - 1, body="")
            assert (await history.append(last)).ts == 2**63 - 1
            assert (await history.page(text, after=entry.id, limit=1)).entries[0].ts == 2**63 - 1

    async def test_what_cannot_be_kept_fails_alone(self, make: Make) -> None:
        """A lone surrogate, a NUL or a time beyond 64 bits fails; its neighbours in the batch are stored."""
        bad = [
            msgspec.structs.replace(draft(100), body="\ud800"),
            msgspec.structs.replace(draft(101), cid="a\0b"),
            msgspec.structs.replace(draft(102), conversation="\0"),
            msgspec.structs.replace(draft(103), ts=2**63),
        ]
        async with opened(make) as (history, told):
            await filled(history, told, [draft(1), *bad, draft(1), draft(2)])
            assert [(failure.draft, failure.final) for failure in told.failures] == [(b, False) for b in bad]
            assert all(failure.reason for failure in told.failures)
            assert [outcome.first for outcome in told.outcomes] == [True, False, True]
            with pytest.raises(StorageFailed) as caught:
                await history.append(bad[0])
            assert caught.value.final is False
            assert (await history.append(msgspec.structs.replace(bad[0], body="good"))).id == history.head

    @pytest.mark.parametrize(
        ("where", "limit", "expected", "more"),
        [
            ({}, 3, [8, 9, 10], True),
            ({}, 10, list(range(1, 11)), False),
            ({}, 11, list(range(1, 11)), False),
            ({"before": 4}, 2, [2, 3], True),
            ({"before": 4}, 3, [1, 2, 3], False),
            ({"before": 1}, 3, [], False),
            ({"before": 2**63 - 1}, 1, [10], True),
            ({"after": 0}, 3, [1, 2, 3], True),
            ({"after": 7}, 3, [8, 9, 10], False),
            ({"after": 10}, 3, [], False),
            ({"after": 2**63 - 1}, 3, [], False),
        ],
    )
    async def test_page(
        self, make: Make, where: dict[str, int], limit: int, expected: list[int], more: bool
    ) -> None:
        """A page is the newest entries, or those next to an id, ascending; `more` looks the same way."""
        async with opened(make) as (history, told):
            drafts = [
                draft(2 * i + other, room=("#geral", "#x")[other]) for i in range(10) for other in (0, 1)
            ]
            await filled(history, told, drafts)
            own = [entry.id for entry in told.entries if entry.conversation == "#geral"]
            place = {0: 0, 2**63 - 1: 2**63 - 1} | dict(enumerate(own, 1))
            page = await history.page("#geral", limit=limit, **{k: place[v] for k, v in where.items()})
            assert ids(page) == [place[number] for number in expected]
            assert page.more is more

    async def test_page_wants_one_edge(self, make: Make) -> None:
        """Before and after at once is a mistake of the caller."""
        async with opened(make) as (history, _):
            with pytest.raises(ValueError, match="not both"):
                await history.page("#geral", before=1, after=1, limit=1)

    async def test_follow_is_what_one_is_entitled_to(self, make: Make) -> None:
        """A cursor gets its rooms and the private talks of its reader, merged by id, each entry once."""
        async with opened(make) as (history, told):
            talk = [
                draft(1, room="#a"),
                private(2, "ana", "rui"),
                draft(3, room="#secret"),
                private(4, "eva", "rui"),
                draft(5, room="#b"),
                private(6, "rui", "ana"),
                private(7, "ana", "ana"),
            ]
            await filled(history, told, talk)
            own = [told.entries[i].id for i in (0, 1, 4, 5, 6)]
            end = history.head
            wanted = ["#a", "#b", "#a", "#none"]
            assert ids(await history.follow(wanted, "ana", after=0, until=end, limit=9)) == own
            assert ids(await history.follow([], "ana", after=0, until=end, limit=9)) == own[1:2] + own[3:]
            assert ids(await history.follow(wanted, "nobody", after=0, until=end, limit=9)) == own[0:3:2]
            both = ["#a", pair("ana", "rui")]
            page = await history.follow(both, "ana", after=own[0], until=own[3], limit=2)
            assert (ids(page), page.more) == ([own[1], own[3]], False)

    async def test_follow_in_pages_leaves_nothing_out(self, make: Make) -> None:
        """Pages of any size, one after the other, give each entry of uneven rooms once and in order."""
        async with opened(make) as (history, told):
            drafts = [draft(i, room="#rare" if i % 50 == 49 else f"#{i % 3}") for i in range(400)]
            drafts += [private(1_000 + i, f"u{i % 5}", "ana") for i in range(100)]
            await filled(history, told, drafts)
            wanted = [entry.id for entry in told.entries if entry.conversation != "#1"]
            for limit in (1, 7, 100, 1_000):
                found: list[int] = []
                more = True
                while more:
                    after = found[-1] if found else 0
                    page = await history.follow(
                        ["#0", "#2", "#rare"], "ana", after=after, until=history.head, limit=limit
                    )
                    found += ids(page)
                    more = page.more
                    assert len(page.entries) == limit or not more
                assert found == wanted

    async def test_an_entry_has_its_kind(self, make: Make) -> None:
        """Kind, author and target come back as they were, of every kind, and one is found by its id."""
        async with opened(make) as (history, told):
            said = [await history.append(draft(number, room="#a")) for number in (1, 2)]
            reply = msgspec.structs.replace(draft(3, room="#a"), author="id-ana", target=said[0].id)
            act = msgspec.structs.replace(draft(4, room="#a"), kind=Kind.ACT)
            topic = msgspec.structs.replace(draft(5, room="#a"), kind=Kind.TOPIC)
            changes = [
                change(number, said[0], "rui", kind, "x")
                for number, kind in enumerate((Kind.EDIT, Kind.REACT, Kind.UNREACT), 6)
            ]
            await filled(history, told, [reply, act, topic, *changes])
            page = await history.follow(["#a"], "", after=0, until=history.head, limit=99)
            assert list(page.entries[1:]) == told.entries[1:]
            assert await history.find(said[1].id) == said[1]
            assert await history.find(history.head) == told.entries[-1]
            assert await history.find(history.head + 1) is None
            assert ids(await history.page("#a", limit=99)) == [entry.id for entry in told.entries[:4]]

    async def test_folds_in_every_read(self, make: Make) -> None:
        """Page, follow, find and search show a message as it is now, the same in each."""
        async with opened(make) as (history, told):
            said = await history.append(draft(1, body="bolo de fubá"))
            await filled(
                history,
                told,
                [
                    change(2, said, "ana", Kind.EDIT, "bolo de milho"),
                    change(3, said, "rui", Kind.REACT, "🎂"),
                    change(4, said, "eva", Kind.REACT, "🎂"),
                ],
            )
            fold = Fold(history.head, "bolo de milho", reactions={"🎂": ["rui", "eva"]})
            now = msgspec.structs.replace(said, fold=fold)
            assert (await history.page("#geral", limit=9)).entries == [now]
            page = await history.follow(["#geral"], "", after=0, until=said.id, limit=9)
            assert page.entries == [now]
            assert await history.find(said.id) == now
            found = await history.search("milho", ["#geral"], "", before=None, limit=9)
            assert (found.entries, found.more) == ([now], False)
            assert ids(await history.search("fubá", ["#geral"], "", before=None, limit=9)) == []

    async def test_deleted_is_told_by_nobody(self, make: Make) -> None:
        """What was deleted has no body in any read, nor has what it was edited into, and is not found."""
        async with opened(make) as (history, told):
            said = await history.append(draft(1, body="segredo"))
            edit, delete = change(2, said, "ana", Kind.EDIT, "segredo!"), change(3, said, "ana", Kind.DELETE)
            await filled(history, told, [edit, delete])
            pages = [
                await history.page("#geral", limit=9),
                await history.follow(["#geral"], "", after=0, until=history.head, limit=9),
                await history.search("segredo", ["#geral"], "", before=None, limit=9),
            ]
            assert [len(page.entries) for page in pages] == [1, 3, 0]
            assert "segredo" not in repr(pages)
            now = await history.find(said.id)
            assert now is not None
            assert now.fold == Fold(history.head, deleted=True)

    @pytest.mark.parametrize(
        "words", ["", " ", '"', '""', "*", "AND", "a AND NOT b", "(", "body:x", "\0", "%_'"]
    )
    async def test_words_that_make_no_sense(self, make: Make, words: str) -> None:
        """They find nothing, and are no error."""
        async with opened(make) as (history, _):
            await history.append(draft(1, body="nada disto"))
            page = await history.search(words, ["#geral"], "ana", before=None, limit=9)
            assert (page.entries, page.more) == ([], False)

    async def test_search_in_pages(self, make: Make) -> None:
        """The newest come first, page by page, each page ascending; `more` says that there are older ones."""
        async with opened(make) as (history, told):
            await filled(history, told, [draft(i, body=("bolo", "torta")[i % 2]) for i in range(9)])
            found = [entry.id for entry in told.entries[::2]]
            page = await history.search("bolo", ["#geral"], "", before=None, limit=2)
            assert (ids(page), page.more) == (found[-2:], True)
            page = await history.search("bolo", ["#geral"], "", before=found[-2], limit=3)
            assert (ids(page), page.more) == (found[:3], False)

    async def test_close_reports_what_waits(self, make: Make) -> None:
        """Closing at once after 2,000 submits reports each exactly once before it returns."""
        async with opened(make) as (history, told):
            for ticket in range(2_000):
                history.submit(draft(ticket % 1_500), ticket)
            waiting = asyncio.ensure_future(history.append(draft(9_999)))
            await asyncio.sleep(0)
        assert told.tickets[:2_000] == list(range(2_000))
        assert len(told.tickets) == 2_001
        assert waiting.result().cid == "c9999"

    async def test_closed_takes_nothing(self, make: Make) -> None:
        """Submitting to a history that is not open is a mistake of the caller."""
        history = make()
        with pytest.raises(RuntimeError):
            history.submit(draft(1))
        told = Told()
        await history.open(told.committed, told.failed)
        await history.close()
        with pytest.raises(RuntimeError):
            await history.append(draft(1))
        assert told.tickets == []

    async def test_cancelled_append(self, make: Make) -> None:
        """A cancelled `append` disturbs nobody; what it said may be stored, once."""
        async with opened(make) as (history, told):
            waiting = asyncio.ensure_future(history.append(draft(1)))
            await asyncio.sleep(0)
            waiting.cancel()
            again = await history.append(draft(1))
            assert waiting.cancelled()
            assert told.entries == [again, again]

    @_MANY
    @given(steps=script.scripts(restarts=False))
    async def test_is_a_list(self, fresh: Callable[[], Make], steps: list[script.Step]) -> None:
        """Whatever is said and read, in whatever order: the same as from a plain list."""
        await script.play(fresh(), steps)


class DurableConformance(Conformance):
    """Every history that is there again when it is made again."""

    @_MANY
    @given(steps=script.scripts(restarts=True))
    async def test_is_a_list_that_is_kept(self, fresh: Callable[[], Make], steps: list[script.Step]) -> None:
        """The same with restarts in between."""
        await script.play(fresh(), steps)

    async def test_opened_again(self, make: Make) -> None:
        """Name, head, entries and repetitions are the same after a restart."""
        async with opened(make) as (history, told):
            await filled(history, told, [draft(i) for i in range(5)])
            before, log = told.entries, history.log
        async with opened(make) as (history, told):
            assert (history.log, history.head) == (log, before[-1].id)
            assert (await history.page("#geral", limit=9)).entries == before
            assert await history.append(draft(3, body="changed")) == before[3]
            assert (await history.append(draft(5))).id > before[-1].id
            assert [outcome.first for outcome in told.outcomes] == [False, True]
