"""How the result of a check reads: as a table of sentences, or as JSON."""

import msgspec

from chat.check.run import Report
from chat.check.verdict import Verdict
from chat.words import t

VERSION = 1
"""Of the JSON: members may be added to it, none changes its meaning."""


def as_json(report: Report) -> str:
    """One JSON object, with a line's end."""
    verdict = msgspec.structs.asdict(report.verdict)
    found = {
        "version": VERSION,
        "passed": report.passed,
        **{name: value for name, value in msgspec.structs.asdict(report).items() if name != "verdict"},
        **verdict,
        "lost": report.verdict.lost,
    }
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def as_text(report: Report) -> str:
    """The table, the examples, and what it comes to."""
    lines = [*_rows(report.verdict), "", _circumstances(report)]
    if report.kills or report.ends:
        lines.append(
            t(
                "The server was killed {kills} times and ended by itself {ends} times.",
                kills=report.kills,
                ends=report.ends,
            )
        )
    if report.history_replaced:
        lines.append(t("The server came back with another history: what was said before is not in it."))
    for kind, examples in report.verdict.examples.items():
        lines += ["", f"{_names()[kind]}:", *(f"  {example}" for example in examples)]
    return "\n".join([*lines, "", _conclusion(report), ""])


def _names() -> dict[str, str]:
    """What the kinds of faults are called."""
    return {
        "lost": t("lost"),
        "left out": t("left out"),
        "unexpected": t("unexpected"),
        "twice": t("twice"),
        "out of order": t("out of order"),
    }


def _rows(verdict: Verdict) -> list[str]:
    parts = t(
        "(oldest {prefix}, between {middle}, newest {postfix})",
        prefix=verdict.lost_prefix,
        middle=verdict.lost_middle,
        postfix=verdict.lost_postfix,
    )
    names = _names()
    rows = [
        (t("attempted"), verdict.attempted, ""),
        (t("acknowledged"), verdict.acknowledged, ""),
        (t("refused"), verdict.refused, t("and stored nowhere")),
        (t("unanswered"), verdict.unanswered, t("and stored nowhere")),
        (t("recovered"), verdict.recovered, t("not acknowledged, there nevertheless")),
        (names["lost"], verdict.lost, parts if verdict.lost else ""),
        (names["left out"], verdict.left_out, t("stored, but not shown to everybody")),
        (names["unexpected"], verdict.unexpected, t("never said, changed, or not for this reader")),
        (names["twice"], verdict.twice, ""),
        (names["out of order"], verdict.disorder, ""),
    ]
    width = max(len(name) for name, _, _ in rows)
    return [f"{name:<{width}} {count:>9}  {remark}".rstrip() for name, count, remark in rows]


def _circumstances(report: Report) -> str:
    return t(
        "{seconds} s, {connections} connections, {cuts} of them broken; the same again with --seed {seed}",
        seconds=f"{report.seconds:.1f}",
        connections=report.connections,
        cuts=report.cuts,
        seed=report.seed,
    )


def _conclusion(report: Report) -> str:
    if report.passed:
        return t("PASSED: nothing lost, nothing twice, one order for everybody.")
    if not report.verdict.faults:
        return t("NOT CHECKED: nothing was acknowledged.")
    return t("FAILED: {n} faults.", n=report.verdict.faults)
