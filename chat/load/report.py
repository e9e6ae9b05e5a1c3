"""How the result of a load reads: a table and what it comes to, or JSON."""

import textwrap
from collections.abc import Sequence

import msgspec

from chat.load.refusals import FREELY, meaning
from chat.load.result import FULL, LIMITS, PROMPT, Result
from chat.load.share import QUIET
from chat.words import t

VERSION = 1
NUMBER = 14
"""Columns of the numbers."""
NARROW = 20
"""Columns that the names have at least."""


def as_json(result: Result) -> str:
    """One JSON object, with a line's end."""
    found = {
        "version": VERSION,
        "sound": result.sound,
        "verdict": result.verdict,
        **msgspec.structs.asdict(result),
    }
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def as_text(result: Result, columns: int) -> str:
    """The table, and the conclusion in sentences, in lines of so many columns or a little more."""
    rows = _rows(result)
    width = min(max(len(name) for name, _ in rows), max(NARROW, columns - NUMBER - 1))
    table = [line for name, value in rows for line in _row(name, value, width)]
    sentences = [line for text in conclusion(result) for line in _wrapped(text, max(columns, NARROW))]
    return "\n".join([*table, "", *sentences, ""])


def _row(name: str, value: str, width: int) -> Sequence[str]:
    *above, last = _wrapped(name, width) or [""]
    return [*above, f"{last:<{width}} {value:>{NUMBER}}".rstrip()]


def _wrapped(text: str, columns: int) -> Sequence[str]:
    return textwrap.wrap(text, columns, break_on_hyphens=False)


def _rows(result: Result) -> Sequence[tuple[str, str]]:
    latency = result.latency_ms
    return [
        (t("connections"), f"{result.connections:,}"),
        (t("log-ins a second"), f"{result.entered_per_s:,.0f}"),
        (t("server's CPU for each log-in, in microseconds"), _known(result.entered_us, ".0f")),
        (t("server's memory for each connection, in KB"), _known(result.memory_kb, ".1f")),
        (t("connections that did not last"), f"{result.broken}"),
        (t("messages said"), f"{result.sent:,}"),
        (t("deliveries"), f"{result.delivered:,}"),
        (t("deliveries a second"), f"{result.deliveries_per_s:,.0f}"),
        (t("server's CPU for each, in microseconds"), _known(result.server_us, ".2f")),
        (t("server's share of one core"), _known(result.server_cpu, ".0%")),
        (t("the busiest process of this program"), f"{result.own_cpu:.0%}"),
        (t("lost, unexpected"), f"{result.lost}, {result.extra}"),
        (t("twice, out of order (where it was watched)"), f"{result.twice}, {result.disorder}"),
        (t("refused"), f"{result.refused}"),
        ("", ""),
        (t("latency in ms, half of the messages"), f"{latency['p50']:.1f}"),
        ("90%", f"{latency['p90']:.1f}"),
        ("99%", f"{latency['p99']:.1f}"),
        ("99.9%", f"{latency['p999']:.1f}"),
        (t("the slowest"), f"{latency['max']:.1f}"),
        (t("of this said too late here, 99%"), f"{result.late_ms:.1f}"),
    ]


def _known(number: float | None, form: str) -> str:
    return "-" if number is None else format(number, form)


def conclusion(result: Result) -> Sequence[str]:
    """What it comes to, and what to do next, in sentences."""
    refused, wrong = _refused(result), _wrong(result)
    if wrong:
        return [*refused, *wrong, t("With fewer --members, or a lower --rate, you see what it holds.")]
    if refused:
        return refused
    lines = {
        "limited": t(
            "The server's own limits refused messages; for a load start it with {options}.", options=FREELY
        ),
        "busy": t(
            "Nothing is known: this program itself had no time left (--processes, or another machine)."
        ),
        "slow": t(
            "NO: all of it came, but 1 message in 100 took longer than {ms} ms. With fewer --members, or a "
            "lower --rate, you see what it holds.",
            ms=f"{PROMPT:.0f}",
        ),
        "holds": t(
            "YES: it holds this community; 99 of 100 messages came within {ms} ms.",
            ms=f"{result.latency_ms['p99']:.1f}",
        ),
        "most": t("This is the most it does; with --rate you see how it feels at the pace of your own."),
    }
    if not result.senders:
        return [t("YES: everybody came in and stayed; with --senders you see how it is when they talk.")]
    if result.own_cpu >= FULL and result.verdict != "busy":
        return [
            t("This program itself had no time left; the server may do more (--processes)."),
            lines[result.verdict],
        ]
    return [lines[result.verdict]]


def _refused(result: Result) -> Sequence[str]:
    """What was refused though it is not too much."""
    return [
        t("NO: messages refused: {n} ({why}).", n=count, why=meaning(why))
        for why, count in result.refusals.items()
        if why not in LIMITS
    ]


def _wrong(result: Result) -> Sequence[str]:
    """What is not as it must be, a sentence for each."""
    faults = (
        (
            result.lost,
            t(
                "NO: deliveries lost: {n} (not there {s} seconds after the last that came, or cut off).",
                n=result.lost,
                s=f"{QUIET:.0f}",
            ),
        ),
        (result.extra, t("NO: deliveries of what nobody had said, or not so often: {n}.", n=result.extra)),
        (result.twice, t("NO: deliveries that came twice: {n}.", n=result.twice)),
        (result.disorder, t("NO: deliveries out of order: {n}.", n=result.disorder)),
        (
            result.broken,
            t(
                "NO: connections that broke: {n}; the server's own output may say why.",
                n=result.broken,
            ),
        ),
        (
            result.senders and not result.sent,
            t("NO: nothing was said in that time; let it last longer (--seconds)."),
        ),
    )
    return [sentence for count, sentence in faults if count]
