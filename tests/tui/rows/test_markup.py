"""Markdown, as far as chats use it."""

import timeit
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.rows.markup import MAX_DEPTH, Paragraph, Span, links, read

STRONG, EMPHASIS, STRUCK, CODE = "class:strong", "class:emphasis", "class:struck", "class:code"


def spans(text):
    """The spans of a text of one paragraph, as (text, style)."""
    (paragraph,) = read(text)
    return [(span.text, span.style) for span in paragraph.spans]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("oi", [("oi", "")]),
        ("", [("", "")]),
        ("um **dois** três", [("um ", ""), ("dois", STRONG), (" três", "")]),
        ("*um* e _dois_", [("um", EMPHASIS), (" e ", ""), ("dois", EMPHASIS)]),
        ("~~não~~", [("não", STRUCK)]),
        ("`x*y*z`", [("x*y*z", CODE)]),
        ("``a`b``", [("a`b", CODE)]),
        ("```x```", [("x", CODE)]),
        ("***os dois***", [("os dois", f"{STRONG} {EMPHASIS}")]),
        (
            "*a **b** c*",
            [("a ", EMPHASIS), ("b", f"{EMPHASIS} {STRONG}"), (" c", EMPHASIS)],
        ),
        ("*a `b`*", [("a ", EMPHASIS), ("b", f"{EMPHASIS} {CODE}")]),
        ("(**a**)", [("(", ""), ("a", STRONG), (")", "")]),
        ("**a *b** c*", [("a *b", STRONG), (" c*", "")]),
    ],
)
def test_marks(text, shown):
    """What stands between a pair of marks has their style, and the marks are not shown; none cross."""
    assert spans(text) == shown


PLAIN = """2*3*4
a * b * c
__init__
um_nome_assim
**
*
```
~x~
** a **
*a
a*
`a
- item
1. um
# título
<b>oi</b>
&lt;
\\*"""


@pytest.mark.parametrize("text", PLAIN.split("\n"))
def test_what_is_no_markup_stays(text):
    """Sums, names in programs, marks alone, lists, headings and HTML are text."""
    assert spans(text) == [(text, "")]


def test_blocks_of_code():
    """Between fences every line stays as it is; the fences, with the language, are not shown."""
    code = Paragraph((Span("  *x* = '> y'", CODE),), code=True)
    plain = Paragraph((Span("fim"),))
    assert read("```python\n  *x* = '> y'\n```\nfim") == (code, plain)
    assert read("```\n  *x* = '> y'") == (code,)
    assert read("```\n```") == (Paragraph((Span("``` ```"),)),)


def test_quotes():
    """A quote has its depth, up to a bound, and markup in it."""
    assert read("> um\n>> *dois*\nfim") == (
        Paragraph((Span("um"),), 1),
        Paragraph((Span("dois", EMPHASIS),), 2),
        Paragraph((Span("fim"),)),
    )
    assert read(">" * 50)[0].depth == MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "shown", "urls"),
    [
        ("veja https://a.b/c.", "veja https://a.b/c.", ["https://a.b/c"]),
        ("(https://a.b/c_(d))", "(https://a.b/c_(d))", ["https://a.b/c_(d)"]),
        ("http://a/_b_ e https://c/*d*", "http://a/_b_ e https://c/*d*", ["http://a/_b_", "https://c/*d"]),
        ("[aqui](https://a.b/c)", "aqui", ["https://a.b/c"]),
        ("[https://banco](https://mau)", "[https://banco](https://mau)", ["https://mau"]),
        ("[banco.com](https://mau)", "[banco.com](https://mau)", ["https://mau"]),
        ("`https://a.b`", "https://a.b", []),
        ("```\nhttps://a.b\n```", "https://a.b", []),
        (
            "xhttps://a.b javascript:alert(1) [x](javascript:y)",
            "xhttps://a.b javascript:alert(1) [x](javascript:y)",
            [],
        ),
    ],
)
def test_links(text, shown, urls):
    """Addresses are found without what only follows them; a name that imitates an address hides none."""
    assert links(text) == urls
    assert "".join(span.text for span in read(text)[0].spans) == shown


def test_emphasis_around_a_link():
    """Marks around an address count, those in it do not."""
    assert spans("*veja https://a.b/c_d_e*") == [
        ("veja ", EMPHASIS),
        ("https://a.b/c_d_e", f"{EMPHASIS} class:link"),
    ]


marked = st.text(st.sampled_from("ab *_~`>[]()\n\\https://"), max_size=60)


@given(marked)
def test_nothing_is_added_and_no_word_lost(text):
    """Whatever marks there are, letters come out as they went in, in order, but for a fence's language."""
    shown = "\n".join("".join(span.text for span in paragraph.spans) for paragraph in read(text))
    if "```" not in text and "](" not in text:
        assert [char for char in shown if char.isalnum()] == [char for char in text if char.isalnum()]
    assert set(shown) <= set(text) | {"\n", " "}


@given(marked)
def test_styles_are_known(text):
    """No style comes from a text."""
    known = {"", STRONG, EMPHASIS, STRUCK, CODE, "class:link"}
    assert {style for p in read(text) for span in p.spans for style in span.style.split(" ")} <= known


@pytest.mark.parametrize(
    "text",
    [
        "*a " * 20_000,
        "`" * 60_000,
        "` `` " * 12_000,
        "**a*b~~c_d " * 5_000,
        "> " * 30_000,
        "[a](http://b " * 4_500,
        "[a](https://b)`" * 4_000,
        "https://a" + "(" * 2_000 + ")" * 58_000,
        "x\n" * 30_000,
    ],
)
def test_monstrous_texts(text):
    """The longest text that a frame holds, however made, takes no more time for each of its characters."""

    def cost(text):
        return min(timeit.repeat(lambda: read.__wrapped__(text), timer=process_time, number=1, repeat=3))

    assert cost(text) < 40 * cost(text[: len(text) // 10]) + 0.05
