"""One line as rows."""

import pytest

from chat.client.state import Line, Status
from chat.messages import Reaction
from chat.tui.rows.flow import plain
from chat.tui.rows.lines import GROUP, MAX_ROWS, goes_on, line_rows, summary
from chat.tui.rows.sheet import INDENT
from tests.tui.sheets import MINUTE, NOON, drawn, said, seen, sheet, styles


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({}, {}, True),
        ({"sender": "BIA"}, {}, True),
        ({"sender": "caio"}, {}, False),
        ({}, {"ts": NOON + GROUP - 1}, True),
        ({}, {"ts": NOON + GROUP}, False),
        ({}, {"ts": NOON - 1}, False),
        ({}, {"act": True}, False),
        ({"act": True}, {}, False),
        ({}, {"reply": 1}, False),
        ({"damaged": True}, {}, False),
        ({"reply": 1}, {}, True),
        ({"deleted": True}, {"edited": True}, True),
    ],
)
def test_the_same_breath(before, after, same):
    """What one author says within five minutes goes on without a name; acts and answers begin anew."""
    assert goes_on(said(2, "b", **after), said(1, "a", **before)) == same


def test_grouped():
    """Where the author is known, a point stands in the place of the time, and the text where it always is."""
    assert drawn(said(1, "oi"), grouped=True) == ["    · oi"]
    assert drawn(said(1, "oi\ntudo bem?"), grouped=True) == ["    · oi", "      tudo bem?"]


def test_an_act():
    """What is done rather than said is told in the third person."""
    assert drawn(said(1, "acena", act=True)) == ["12:00 * bia acena"]


def test_a_reply_quotes():
    """Above an answer stands one row of what it answers, as long as that is here."""
    target = said(1, "uma pergunta **bem** comprida, que não cabe\nnuma linha", sender="caio")
    answer = said(2, "sim", reply=1)
    assert drawn(answer, target) == ["    ╭╴caio: uma pergunta bem comprida, …", "12:00 bia: sim"]
    assert drawn(answer) == ["    ╭╴(mensagem não carregada)", "12:00 bia: sim"]
    gone = said(1, "", sender="caio", deleted=True)
    assert drawn(answer, gone)[0] == "    ╭╴caio: (apagada)"


def test_no_body_looks_like_a_quote():
    """A text that imitates a quote stands behind the column of the times."""
    assert drawn(said(1, "oi\n╭╴ceu: eu disse"))[1] == "      ╭╴ceu: eu disse"


def test_edited_deleted_damaged():
    """What became of a line is said in words; what is gone is not shown, nor who damaged lines are from."""
    assert drawn(said(1, "oi", edited=True)) == ["12:00 bia: oi (editada)"]
    assert drawn(said(1, "x", deleted=True, edited=True)) == ["12:00 bia: (apagada)"]
    damaged = Line("", "", "", 0, "", id=1, damaged=True)
    assert drawn(damaged) == ["--:-- (o que foi dito aqui se estragou", "      no disco do servidor)"]
    mine = said(1, "oi", sender="ana", edited=True)
    assert drawn(mine) == ["12:00 ana: oi (editada) ✓"]


def test_reactions():
    """Below a line stands what others put to it: with two names at most, else in numbers."""
    reactions = [Reaction("👍", ["ana", "caio"]), Reaction("🎉", ["a", "b", "c"], 4), Reaction("❤️", [], 2)]
    line = said(1, "oi", reactions=reactions)
    assert drawn(line) == ["12:00 bia: oi", "      👍 ana, caio  🎉 7  ❤ 2"]
    assert styles(line)["👍 ana, caio"] == "class:reaction.own"
    assert styles(line)["🎉 7"] == "class:reaction"


def test_mentions():
    """Who is named sees a mark down the line, and the name stands out, also in code."""
    line = said(1, "ei ANA, `ana` e anamaria:\na prova?", mention=True)
    assert drawn(line, keywords=("prova",)) == ["12:00▌bia: ei ANA, ana e anamaria:", "     ▌a prova?"]
    found = styles(line, keywords=("prova",))
    assert found["ANA"] == found["prova"] == "class:mentioned"
    assert found["ana"] == "class:code class:mentioned"
    assert found[" e anamaria:"] == ""
    assert "class:mentioned" not in styles(said(1, "ana")).values()


def test_markup():
    """Marks are not shown; code keeps its spaces, quotes have a rule, links a number."""
    body = "**um** `dois`\n```py\n  x  =  1\n```\n> três\nhttps://a.b https://c.d https://a.b"
    assert drawn(said(1, body), width=60) == [
        "12:00 bia: um dois",
        "      │   x  =  1",
        "      ▎ três",
        "      https://a.b [1] https://c.d [2] https://a.b [1]",
    ]
    assert drawn(said(1, "> só isto"))[:2] == ["12:00 bia:", "      ▎ só isto"]
    assert drawn(said(1, "```\nx\n```", sender="ana")) == ["12:00 ana:", "      │ x", "      ✓"]


def test_links_keep_their_numbers():
    """An address has its number for as long as the screen lasts, wherever it is drawn again."""
    state, view = seen()
    for body in ("https://a https://b", "https://c", "https://b https://d"):
        line_rows(said(1, body), sheet(state, view))
    assert [view.links.url(number) for number in range(1, 6)] == [
        "https://a",
        "https://b",
        "https://c",
        "https://d",
        None,
    ]


def test_selected():
    """A selected line lies on another ground over the whole width, with a mark for who sees no colours."""
    line = said(1, "oi\ntudo bem?")
    state, view = seen(line)
    view.selected = line
    rows = line_rows(line, sheet(state, view, 20))
    assert ["".join(text for _, text in row) for row in rows] == [
        "12:00▸bia: oi       ",
        "     ▸tudo bem?     ",
    ]
    assert all("class:selected" in style for row in rows for style, _ in row)


def test_numbers():
    """While lines are counted, their numbers stand in the place of the times."""
    line = said(1, "oi")
    state, view = seen(line)
    view.counted = 1
    for number, begin in ((None, "      bia: oi"), (7, "    7 bia: oi"), (10_000, "10000 bia: oi")):
        (row,) = line_rows(line, sheet(state, view), number=number)
        assert "".join(text for _, text in row) == begin


def test_letters_from_right_to_left():
    """A row with such letters is wrapped, so that they do not move the time before it; others are not."""
    assert drawn(said(1, "שלום"))[0] == "12:00 \u2068bia: שלום\u2069"
    assert "\u2068" not in drawn(said(1, "你好, olá"))[0]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("👩\u200d🚀 👍🏽", "👩🚀 👍"),
        ("🇧🇷", "BR"),
        ("❤\ufe0f", "❤"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴"),
        ("a\xa0b", "a b"),
    ],
)
def test_what_terminals_count_otherwise(body, text):
    """Emoji of several come apart, flags are letters: what is drawn has one width on every terminal."""
    assert drawn(said(1, body)) == [f"12:00 bia: {text}"]


def test_summary():
    """A text in one row: without marks, without breaks."""
    assert summary(said(1, "**um**\n> dois\n`três`")) == "um dois três"


@pytest.mark.parametrize("body", ["l\n" * 2_000, "palavra " * 5_000, "x" * 60_000])
def test_a_text_without_end(body):
    """Of a text that would fill many screens the beginning is shown, and that it goes on."""
    rows = drawn(said(1, body))
    told = " ".join(row.strip() for row in rows[MAX_ROWS:])
    assert told == "(continua; escolha-a para ler tudo)"


@pytest.mark.parametrize("body", ["l\n" * 2_000 + "fim", "palavra " * 2_000 + "fim"])
def test_the_chosen_text_to_its_end(body):
    """Of the message that is chosen all is shown, however long it is."""
    line = said(1, body)
    state, view = seen(line)
    view.selected = line
    assert plain(line_rows(line, sheet(state, view))[-1]).rstrip().endswith("fim")


def test_narrow():
    """On the narrowest screens rows hold one character at least, and no row is wider than that allows."""
    line = said(1, "uma 好 frase", mention=True, reply=9, reactions=[Reaction("👍", ["bia"])])
    for width in range(1, 12):
        for row in drawn(line, width=width):
            assert len(row) <= max(width, INDENT + 2), width


def test_failed():
    """Why one's own line was not sent stands below it if there is no room behind it."""
    line = Line("c", "#geral", "ana", NOON + MINUTE, "oi", status=Status.FAILED, code="slow_down")
    assert drawn(line) == [
        "12:01 ana: oi",
        "      ✗ não enviada: coisa demais de uma",
        "      vez; espere um momento",
    ]
