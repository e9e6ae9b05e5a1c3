"""Lines of a talk: their order, their bounds, and how pages join what is there."""

from hypothesis import given
from hypothesis import strategies as st

from chat.client.talk import MAX_LINES, MAX_PEOPLE, MAX_TEXT, Line, Status, Talk, fold


def line(id: int | None, body: str = "oi") -> Line:
    """A line of somebody's."""
    status = Status.PENDING if id is None else Status.SENT
    return Line(f"c{id}", "#geral", "bia", 1_000, body, id=id, status=status)


def ids(talk: Talk) -> list[int | None]:
    """The ids of the lines kept, in the order they are shown."""
    return [line.id for line in talk.lines]


def test_lines_stand_by_id_and_pending_ones_last() -> None:
    """Whatever order they come in, lines ascend by id, and what has none is below them."""
    talk = Talk("#geral", "#geral")
    talk.wait(line(None))
    assert [talk.place(line(id)) for id in (5, 2, 9, 0, 7)] == [True] * 5
    assert ids(talk) == [0, 2, 5, 7, 9, None]
    assert (talk.oldest, talk.newest) == (0, 9)


def test_an_id_is_kept_once() -> None:
    """A line that is there already changes nothing, be it the newest or an older one."""
    talk = Talk("#geral", "#geral")
    for id in (1, 2, 3):
        talk.place(line(id))
    assert [talk.place(line(id)) for id in (3, 1)] == [False, False]
    assert ids(talk) == [1, 2, 3]


@given(st.lists(st.integers(0, 30) | st.none()))
def test_any_order_of_arrival_gives_one_order(arrivals: list[int | None]) -> None:
    """The placed lines are the sorted set of what came, then one line for each that waits."""
    talk = Talk("#geral", "#geral")
    for id in arrivals:
        if id is None:
            talk.wait(line(None))
        else:
            talk.place(line(id))
    assert ids(talk) == [*sorted({id for id in arrivals if id is not None}), *([None] * arrivals.count(None))]


def test_the_oldest_go_when_there_are_too_many() -> None:
    """Beyond the bound the oldest lines are dropped, and the talk says that there are more."""
    talk = Talk("#geral", "#geral", more=False)
    for id in range(MAX_LINES + 5):
        talk.place(line(id))
    assert (len(talk.lines), talk.oldest, talk.more, talk.full) == (MAX_LINES, 5, True, True)


def test_text_is_bounded_too() -> None:
    """Long bodies count by their characters; the newest line stays in any case."""
    talk = Talk("#geral", "#geral")
    for id in range(10):
        talk.place(line(id, "x" * (MAX_TEXT // 4)))
    assert ids(talk) == [6, 7, 8, 9]
    talk.place(line(10, "x" * (2 * MAX_TEXT)))
    assert ids(talk) == [10]


def test_lines_that_wait_are_bounded() -> None:
    """Pending lines of which too many are written go like others, and can still be withdrawn."""
    talk = Talk("#geral", "#geral")
    first = line(None)
    talk.wait(first)
    for _ in range(MAX_LINES):
        talk.wait(line(None))
    assert len(talk.lines) == MAX_LINES
    talk.withdraw(first)
    talk.place(line(1))
    assert talk.lines[-1].id is None
    assert 1 not in ids(talk)  # full of what waits: the oldest is the one that has its place


def test_withdrawing_takes_out_the_line_itself() -> None:
    """Of two pending lines the one that is meant goes."""
    talk = Talk("#geral", "#geral")
    one, other = line(None), line(None)
    talk.place(line(1))
    talk.wait(one)
    talk.wait(other)
    talk.withdraw(one)
    talk.withdraw(one)
    assert talk.lines[1:] == [other]


def test_an_older_page_goes_above() -> None:
    """A page of older lines joins at the top and says whether there are more."""
    talk = Talk("#geral", "#geral")
    talk.place(line(10))
    talk.wait(line(None))
    talk.merge([line(7), line(8), line(10)], more=True)
    assert ids(talk) == [7, 8, 10, None]
    assert talk.more
    talk.merge([line(1)], more=False)
    assert ids(talk) == [1, 7, 8, 10, None]
    assert not talk.more


def test_a_newer_page_does_not_say_what_is_older() -> None:
    """What a page says of its own direction is not taken for the other one."""
    talk = Talk("#geral", "#geral", more=True)
    talk.place(line(10))
    talk.merge([line(11), line(12)], more=False)
    assert ids(talk) == [10, 11, 12]
    assert talk.more


def test_an_empty_page_is_the_end() -> None:
    """A page with nothing in it ends the asking."""
    talk = Talk("#geral", "#geral")
    talk.place(line(10))
    talk.merge([], more=False)
    assert not talk.more


def test_an_older_page_fills_only_the_room_there_is() -> None:
    """Of a page too many the lines next to those kept are taken, and there are more."""
    talk = Talk("#geral", "#geral")
    for id in range(100, 100 + MAX_LINES - 2):
        talk.place(line(id))
    talk.merge([line(id) for id in range(90, 100)], more=False)
    assert len(talk.lines) == MAX_LINES
    assert talk.oldest == 98
    assert talk.more


def test_forgetting_keeps_what_waits() -> None:
    """Lines of another history go; what was said here and is not acknowledged stays."""
    talk = Talk("#geral", "#geral", more=False)
    talk.place(line(1))
    waiting = line(None)
    talk.wait(waiting)
    talk.forget()
    assert talk.lines == [waiting]
    assert talk.more
    talk.place(line(1))
    assert ids(talk) == [1, None]


def test_people_are_bounded() -> None:
    """Beyond the bound nobody new is known by name, while those known may be named anew."""
    talk = Talk("#geral", "#geral")
    talk.enter([f"u{number}" for number in range(MAX_PEOPLE + 10)])
    talk.enter(["U1"])
    assert len(talk.people) == MAX_PEOPLE
    assert talk.people["u1"] == "U1"


def test_folding_is_that_of_names_and_never_raises() -> None:
    """Names that are the same have one key; what can be no name stays as it is."""
    assert fold("#Geral") == fold("#GERAL") == "#geral"
    assert fold("@José") == fold("@JOSÉ") == "@josé"
    assert fold("straße") != fold("strasse")
    assert fold("a\u202eb") == "a\u202eb"
    assert fold("#" + "x" * 60_000) == "#" + "x" * 60_000
    assert fold("") == ""


@given(st.text())
def test_folding_is_total_and_idempotent(name: str) -> None:
    """Whatever a hostile server calls somebody has one key, and that key is its own."""
    assert fold(fold(name)) == fold(name)


def test_gaps_are_marked_and_closed() -> None:
    """Where a copy has a gap the line after it says so; closing keeps what is below the last."""
    talk = Talk("#geral", "#geral", more=False)
    for id in (3, 4, 10, 11, 20):
        talk.place(line(id, "x" * id))
    talk.wait(line(None))
    talk.gap_after(talk.lines[1])
    talk.gap_after(talk.lines[4])
    assert [one.id for one in talk.lines if one.gap] == [10]
    talk.close_gaps()
    assert (ids(talk), talk.more, [one.gap for one in talk.lines]) == ([10, 11, 20, None], True, [False] * 4)
    assert talk._text == sum(len(one.body) for one in talk.lines)
    talk.close_gaps()
    assert ids(talk) == [10, 11, 20, None]
