"""How the result of a load reads: a table and what it comes to, or JSON."""

import msgspec

from chat.load.result import Result
from chat.words import t

VERSION = 1
FULL = 0.9
"""The part of a core from which a process is taken for the one that was too slow."""
FREELY = "--send-rate 0 --join-rate 0 --make-rate 0"
"""What lets a chat-server take all that one client says and enters."""
PROMPT = 250.0
"""Milliseconds within which a message seems to come at once."""


def as_json(result: Result) -> str:
    """One JSON object, with a line's end."""
    found = {"version": VERSION, "sound": result.sound, **msgspec.structs.asdict(result)}
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def as_text(result: Result) -> str:
    """The table, and the conclusion in sentences."""
    latency = result.latency_ms
    rows = [
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
    width = max(len(name) for name, _ in rows)
    table = [f"{name:<{width}} {value:>14}".rstrip() for name, value in rows]
    return "\n".join([*table, "", *_conclusion(result), ""])


def _known(number: float | None, form: str) -> str:
    return "-" if number is None else format(number, form)


def _conclusion(result: Result) -> list[str]:
    if result.refused:
        return [
            t("The server's own limits refused messages; for a load start it with {options}.", options=FREELY)
        ]
    if not result.sound:
        return [t("NO: messages were lost, doubled or out of order, or none came, or connections broke.")]
    if not result.senders:
        return [t("YES: everybody came in and stayed; with --senders you see how it is when they talk.")]
    lines = []
    if result.own_cpu >= FULL:
        lines.append(t("This program itself had no time left; the server may do more (--processes)."))
    if result.rate and result.latency_ms["p99"] > PROMPT:
        lines.append(
            t("NO: all of it came, but 1 message in 100 took longer than {ms} ms.", ms=f"{PROMPT:.0f}")
        )
    elif result.rate:
        lines.append(
            t("YES: it holds this community; 99 of 100 messages came within {ms} ms.", ms=_ms(result))
        )
    else:
        lines.append(t("This is the most it does; with --rate you see how it feels at the pace of your own."))
    return lines


def _ms(result: Result) -> str:
    return f"{result.latency_ms['p99']:.1f}"
