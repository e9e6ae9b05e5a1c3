"""Times and days as the user's language writes them."""

from datetime import date, datetime, tzinfo

from chat.words import mark, t

WEEKDAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
MONTHS = (
    mark("January"),
    mark("February"),
    mark("March"),
    mark("April"),
    mark("May"),
    mark("June"),
    mark("July"),
    mark("August"),
    mark("September"),
    mark("October"),
    mark("November"),
    mark("December"),
)


def moment(ts: int, zone: tzinfo | None) -> datetime | None:
    """The local time of `ts` (ms since 1970, UTC); None for a number that is no time on any calendar.

    `zone` None is the zone of this machine.
    """
    try:
        return datetime.fromtimestamp(ts / 1000, zone)
    except (OverflowError, OSError, ValueError):
        return None


def clock(when: datetime | None) -> str:
    """Hours and minutes, five cells."""
    return f"{when:%H:%M}" if when else "--:--"


def day_name(day: date) -> str:
    """The day in full: "quinta-feira, 21 de novembro de 2025"."""
    return t(
        "{weekday}, {month} {day}, {year}",
        weekday=t(WEEKDAYS[day.weekday()]),
        month=t(MONTHS[day.month - 1]),
        day=day.day,
        year=day.year,
    )


def short_day(when: datetime | None) -> str:
    """The day in digits, ten cells: "21/11/2025"."""
    if when is None:
        return "--/--/----"
    digits = {"year": f"{when.year:04}", "month": f"{when.month:02}", "day": f"{when.day:02}"}
    return t("{month}/{day}/{year}", **digits)
