"""Why no load came about, in sentences that say what to do next."""

from chat.load.refusals import meaning
from chat.load.result import Settings
from chat.load.run import PORTS, CannotLoad
from chat.text import Kind, safe
from chat.words import mark, t

_SENTENCES = {
    "absent": mark("Nobody answers at {place}. Does the server run there, and on that port?"),
    "unknown": mark("There is no machine of the name {host}. Is it spelt like that?"),
    "unreachable": mark("There is no way to {place}: {said}."),
    "closed": mark(
        "The server closed connections while they came in; {n} of {all} were in. Is it one for --profile "
        "{profile}, does it want --tls, does it let so many in from one address? Its own output may say why."
    ),
    "tls": mark("No encryption came about with {place} ({said}). Without --tls, if it speaks in the clear."),
    "refused": mark("The server let {n} of {all} in, and refused the next: {why}."),
    "slow": mark(
        "Only {n} of {all} were in after {s} seconds. That is too much for it, or it needs more time "
        "(--patience)."
    ),
    "mute": mark(
        "Nobody was in after {s} seconds. Is it a server for --profile {profile}, and does it want --tls?"
    ),
    "descriptors": mark(
        "This machine lets one process have {most} connections; it takes --processes {processes}, or more by "
        "`ulimit -n`."
    ),
    "ports": mark(
        "One machine cannot have so many connections to one port: {most} at most, and by default fewer (on "
        "Linux: net.ipv4.ip_local_port_range). Let several machines share the load."
    ),
    "failed": mark("A process of this program ended before its time; what it printed stands above."),
}


def trouble(error: CannotLoad, settings: Settings) -> str:
    """What happened, and what to do next."""
    why = "mute" if error.why == "slow" and not error.entered else error.why
    facts = {"most": PORTS, "processes": settings.processes + 1} | error.facts
    return t(
        _SENTENCES[why],
        place=f"{settings.host}:{settings.port}",
        host=settings.host,
        profile=settings.profile,
        n=error.entered,
        all=settings.rooms * settings.members,
        s=f"{settings.patience:g}",
        said=safe(error.said, Kind.LINE),
        why=meaning(error.said),
        **facts,
    )
