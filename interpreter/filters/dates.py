"""From times to times, texts and numbers: formats, moves, starts and ends, parts, distances.

A time may be given as a time, its ISO 8601 text, or its count of seconds (or milliseconds) since 1970. Every
filter that looks at the calendar takes a time zone as its last argument; without one it is UTC.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import datetime
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, Number, Text, filter
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.filters import calendar, date_formats
from interpreter.filters.calendar import end_of, local, moved, start_of, unit_of
from interpreter.filters.call import moment_of
from interpreter.filters.phrases import understood
from interpreter.values import Moment, absent, preview

# --- making -----------------------------------------------------------------------------------------


@filter("current_timestamp", "utcnow")
def now(context: Context) -> Moment:
    """The present time, the same all through one node.

    now() - now()  →  0
    """
    return context.now()


@filter("current_date")
def today(context: Context, timezone: Text = "UTC") -> Moment:
    """The beginning of the present day.

    today() == start_of_day(now())  →  true
    """
    return Moment.of(start_of(local(context.now(), timezone), "day"))


def _time(context: Context, value: Any, timezone: str) -> Moment:
    if absent(value) or value == "":
        raise Fault("run/wrong-value", "null is no time", "use now() for the present time")
    found = None if isinstance(value, str) and timezone != "UTC" else moment_of(value)
    if found is None and isinstance(value, str):
        found = _in_zone(value, timezone) or understood(value, context.now(), timezone)
    if found is None:
        raise Fault("run/wrong-value", f"{preview(value)} is no time", "use ISO 8601, as in 2024-01-31T10:00:00Z")
    return found


def _in_zone(written: str, timezone: str) -> Moment | None:
    """ISO text, seen in the zone where it says none itself."""
    found = moment_of(written)
    if found is None or values.parse_number(written) is not None or written[-1:] in "Zz" or "+" in written[10:]:
        return found
    if "-" in written[10:]:
        return found
    return Moment.of(found.datetime.replace(tzinfo=calendar.zone(timezone)))


@filter("to_epochms", "to_date", "to_datetime", "to_time", "strtotime", "parse_date")
def to_timestamp(context: Context, value: Any, timezone: Text = "UTC") -> Moment:
    """The time that a text or number says: ISO 8601, seconds or milliseconds since 1970, ``next friday``, ``-7 days``.

    '2024-01-31'|to_timestamp  →  "2024-01-31T00:00:00.000Z"
    1706659200|to_timestamp  →  "2024-01-31T00:00:00.000Z"
    'Jan 1 2000 10:30'|to_timestamp  →  "2000-01-01T10:30:00.000Z"
    """
    return _time(context, value, timezone)


@filter("epochms_from_format", "strptime", "date_parse")
def parse_timestamp(value: Text, format: Text = "Y-m-d H:i:s", timezone: Text = "UTC") -> Moment:
    """The time that a text in a format says (PHP's letters, or strptime with a ``%``).

    '31/01/2024 13:45'|parse_timestamp('d/m/Y H:i')  →  "2024-01-31T13:45:00.000Z"
    '2023-08-15 13:45:30'|parse_timestamp('Y-m-d H:i:s', 'America/Los_Angeles')  →  "2023-08-15T20:45:30.000Z"
    """
    found = date_formats.read(value, format, timezone)
    if found is None:
        raise Fault("run/wrong-value", f"{preview(value)} is no time in the format {preview(format)}")
    return Moment.of(found)


@filter("epochms_transform", "modify_date")
def transform_timestamp(value: Moment, phrase: Text, timezone: Text = "UTC") -> Moment:
    """The time moved as a phrase says: ``-7 days``, ``last monday``, ``first day of this month``, ``tomorrow 9am``.

    '2023-08-15T20:45:30Z'|transform_timestamp('-7 days')  →  "2023-08-08T20:45:30.000Z"
    '2024-01-31'|transform_timestamp('next friday')  →  "2024-02-02T00:00:00.000Z"
    '2024-01-15'|transform_timestamp('last day of this month')  →  "2024-01-31T00:00:00.000Z"
    """
    found = understood(phrase, value, timezone)
    if found is None:
        raise Fault("run/wrong-value", f"{preview(phrase)} is not understood", 'write "-7 days" or "next monday"')
    return found


# --- writing ----------------------------------------------------------------------------------------


@filter("format_timestamp", "date", "date_format", "epochms_date", "strftime", "format_datetime")
def format_date(value: Moment, format: Text = "Y-m-d", timezone: Text = "UTC") -> Text:
    """The time in a format of PHP's letters, or of strftime where a ``%`` stands.

    '2024-01-31T13:45:00Z'|format_date('Y-m-d H:i')  →  "2024-01-31 13:45"
    '2024-01-31'|format_date('D, jS F Y')  →  "Wed, 31st January 2024"
    '2024-01-31'|format_date('%d.%m.%Y')  →  "31.01.2024"
    1692132330000|format_timestamp('Y-m-d H:i:s', 'America/New_York')  →  "2023-08-15 16:45:30"
    """
    return date_formats.formatted(local(value, timezone), format)


@filter("to_iso8601", "iso_format", "to_iso")
def iso(value: Moment) -> Text:
    """The time as ISO 8601 text in UTC, with milliseconds.

    0|iso  →  "1970-01-01T00:00:00.000Z"
    """
    return str(value)


@filter("timeago", "humanize_date", "relative_time")
def time_ago(context: Context, value: Moment, reference: Moment | None = None) -> Text:
    """How long ago (or ahead) a time is, in words, seen from now or from a reference.

    '2024-01-01'|time_ago('2024-01-04')  →  "3 days ago"
    '2024-01-01T02:00:00Z'|time_ago('2024-01-01')  →  "in 2 hours"
    """
    seconds = ((reference or context.now()).microseconds - value.microseconds) / 1_000_000
    count, unit = _largest(abs(seconds))
    if count == 0:
        return "just now"
    shown = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{shown} ago" if seconds > 0 else f"in {shown}"


_LENGTHS = (("year", 31_536_000), ("month", 2_592_000), ("week", 604_800), ("day", 86_400), ("hour", 3600))


def _largest(seconds: float) -> tuple[int, str]:
    for unit, length in (*_LENGTHS, ("minute", 60), ("second", 1)):
        if seconds >= length:
            return int(seconds // length), unit
    return 0, "second"


@filter("humanize_duration", "format_duration")
def duration(value: Number) -> Text:
    """A number of seconds in words.

    3725|duration  →  "1h 2m 5s"
    """
    rest = int(abs(value))
    parts = []
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{values.text(count)}{unit}")
    return ("-" if value < 0 else "") + (" ".join(parts) or "0s")


# --- moving -----------------------------------------------------------------------------------------


def _register_move(unit: str, example: str, later: str, earlier: str) -> None:
    def add_units(value: Moment, count: Number = 1, timezone: Text = "UTC") -> Moment:
        return moved(value, count, unit, timezone)

    def subtract_units(value: Moment, count: Number = 1, timezone: Text = "UTC") -> Moment:
        return moved(value, -count, unit, timezone)

    add_units.__doc__ = f'The time so many {unit}s later.\n\n    {example}|add_{unit}s(2)  →  "{later}"'
    subtract_units.__doc__ = f'The time so many {unit}s earlier.\n\n    {example}|subtract_{unit}s(2)  →  "{earlier}"'
    extra = ("add_secs_to_timestamp", "epochms_add_secs") if unit == "second" else ()
    filter(f"add_{unit}", f"timestamp_add_{unit}s", *extra, name=f"add_{unit}s")(add_units)
    names = (f"subtract_{unit}", f"sub_{unit}s", f"timestamp_subtract_{unit}s")
    filter(*names, name=f"subtract_{unit}s")(subtract_units)


for _unit, _later, _earlier in (
    ("second", "2024-01-31T00:00:02.000Z", "2024-01-30T23:59:58.000Z"),
    ("minute", "2024-01-31T00:02:00.000Z", "2024-01-30T23:58:00.000Z"),
    ("hour", "2024-01-31T02:00:00.000Z", "2024-01-30T22:00:00.000Z"),
    ("day", "2024-02-02T00:00:00.000Z", "2024-01-29T00:00:00.000Z"),
    ("week", "2024-02-14T00:00:00.000Z", "2024-01-17T00:00:00.000Z"),
    ("month", "2024-03-31T00:00:00.000Z", "2023-11-30T00:00:00.000Z"),
    ("quarter", "2024-07-31T00:00:00.000Z", "2023-07-31T00:00:00.000Z"),
    ("year", "2026-01-31T00:00:00.000Z", "2022-01-31T00:00:00.000Z"),
):
    _register_move(_unit, "'2024-01-31'", _later, _earlier)


@filter("add_ms_to_timestamp", "epochms_add_ms")
def add_milliseconds(value: Moment, count: Number) -> Moment:
    """The time so many milliseconds later.

    '2024-01-31'|add_milliseconds(1500)  →  "2024-01-31T00:00:01.500Z"
    """
    return moved(value, count / 1000, "second", "UTC")


@filter("add_interval", "date_modify")
def date_add(value: Moment, count: Number, unit: Text = "days", timezone: Text = "UTC") -> Moment:
    """The time so many units (seconds … years) later.

    '2024-01-31'|date_add(1, 'month')  →  "2024-02-29T00:00:00.000Z"
    """
    return moved(value, count, unit_of(unit), timezone)


# --- starts and ends --------------------------------------------------------------------------------


def _register_bounds(period: str, first: str, final: str) -> None:
    def start(value: Moment, timezone: Text = "UTC") -> Moment:
        return Moment.of(start_of(local(value, timezone), period))

    def end(value: Moment, timezone: Text = "UTC") -> Moment:
        return Moment.of(end_of(local(value, timezone), period))

    monday = " (Monday)" if period == "week" else ""
    sunday = " (Sunday)" if period == "week" else ""
    example = "'2024-05-15T10:20:30Z'"
    start.__doc__ = f'The beginning{monday} of the {period}.\n\n    {example}|start_of_{period}  →  "{first}"'
    end.__doc__ = f'The last millisecond{sunday} of the {period}.\n\n    {example}|end_of_{period}  →  "{final}"'
    filter(name=f"start_of_{period}")(start)
    filter(name=f"end_of_{period}")(end)


for _period, _first, _final in (
    ("minute", "2024-05-15T10:20:00.000Z", "2024-05-15T10:20:59.999Z"),
    ("hour", "2024-05-15T10:00:00.000Z", "2024-05-15T10:59:59.999Z"),
    ("day", "2024-05-15T00:00:00.000Z", "2024-05-15T23:59:59.999Z"),
    ("week", "2024-05-13T00:00:00.000Z", "2024-05-19T23:59:59.999Z"),
    ("month", "2024-05-01T00:00:00.000Z", "2024-05-31T23:59:59.999Z"),
    ("quarter", "2024-04-01T00:00:00.000Z", "2024-06-30T23:59:59.999Z"),
    ("year", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"),
):
    _register_bounds(_period, _first, _final)


# --- parts ------------------------------------------------------------------------------------------


def _register_part(name: str, meaning: str, result: str, read: Callable[[datetime], Any], *aliases: str) -> None:
    def part(value: Moment, timezone: Text = "UTC") -> Any:
        return read(local(value, timezone))

    part.__doc__ = f"{meaning}\n\n    '2024-05-15T10:20:30Z'|{name}  →  {result}"
    filter(*aliases, name=name)(part)


_register_part("year", "The year.", "2024", lambda when: when.year, "timestamp_year")
_register_part("quarter", "The quarter, 1 to 4.", "2", lambda when: (when.month + 2) // 3)
_register_part("month", "The month, 1 to 12.", "5", lambda when: when.month, "timestamp_month")
_register_part("week", "The ISO week, 1 to 53.", "20", lambda when: when.isocalendar()[1], "timestamp_week")
_register_part("day", "The day of the month.", "15", lambda when: when.day, "timestamp_day_of_month", "day_of_month")
_register_part(
    "day_of_week",
    "The day of the week, 0 Sunday to 6 Saturday.",
    "3",
    lambda when: when.isoweekday() % 7,
    "timestamp_day_of_week",
    "weekday",
)
_register_part(
    "day_of_year",
    "The day of the year, 1 to 366.",
    "136",
    lambda when: when.timetuple().tm_yday,
    "timestamp_day_of_year",
)
_register_part("hour", "The hour, 0 to 23.", "10", lambda when: when.hour, "timestamp_hour")
_register_part("minute", "The minute.", "20", lambda when: when.minute, "timestamp_minute")
_register_part("second", "The second.", "30", lambda when: when.second, "timestamp_second")
_register_part("day_name", "The day's English name.", '"Wednesday"', lambda when: date_formats.formatted(when, "l"))
_register_part("month_name", "The month's English name.", '"May"', lambda when: date_formats.formatted(when, "F"))
_register_part("days_in_month", "How many days the month has.", "31", lambda when: monthrange(when.year, when.month)[1])
_register_part("is_leap_year", "Whether the year is a leap year.", "true", lambda when: isleap(when.year))
_register_part("is_weekend", "Whether it is Saturday or Sunday.", "false", lambda when: when.weekday() > 4)
_register_part("is_weekday", "Whether it is Monday to Friday.", "true", lambda when: when.weekday() < 5)


def _register_count(name: str, unit: str, length: int, result: str, *aliases: str) -> None:
    def count(context: Context, value: Any, timezone: Text = "UTC") -> int:
        return _time(context, value, timezone).microseconds // (length * 1000)

    count.__doc__ = f"How many whole {unit} have passed from 1970 to the time.\n\n    '2024-01-31'|{name}  →  {result}"
    filter(*aliases, name=name)(count)


_register_count("to_ms", "milliseconds", 1, "1706659200000", "to_epoch_ms", "timestamp_epoch_ms", "to_milliseconds")
_register_count(
    "to_seconds",
    "seconds",
    1000,
    "1706659200",
    "to_epoch_sec",
    "timestamp_epoch_sec",
    "timestamp_epoch_seconds",
    "timestamp",
)
_register_count("to_minutes", "minutes", 60_000, "28444320", "to_epoch_minute", "timestamp_epoch_minute")
_register_count("to_hours", "hours", 3_600_000, "474072", "to_epoch_hour", "timestamp_epoch_hour")
_register_count("to_days", "days", 86_400_000, "19753", "to_epoch_day", "timestamp_epoch_day")


# --- distances --------------------------------------------------------------------------------------


def _between(first: Moment, second: Moment, unit: str) -> int:
    """Whole units from the first to the second, negative where the second is earlier."""
    early, late = sorted((first, second), key=lambda each: each.microseconds)
    if unit in calendar.UNITS:
        whole = (late.microseconds - early.microseconds) // (calendar.UNITS[unit] * 1_000_000)
    else:
        months = _months(early.datetime, late.datetime)
        whole = months // {"month": 1, "quarter": 3, "year": 12}[unit]
    return whole if first is early else -whole


def _months(early: datetime, late: datetime) -> int:
    months = (late.year - early.year) * 12 + late.month - early.month
    full = (late.day, late.time()) >= (early.day, early.time()) or (
        late.day == monthrange(late.year, late.month)[1] and early.day > late.day
    )
    return months if full else months - 1


def _register_distance(unit: str, result: str) -> None:
    def distance(value: Moment, other: Moment) -> int:
        return _between(value, other, unit)

    name = f"{unit}s_between"
    distance.__doc__ = (
        f"Whole {unit}s from one time to another, negative where the other is earlier.\n\n"
        f"    '2024-01-31'|{name}('2025-03-01')  →  {result}"
    )
    filter(f"diff_in_{unit}s", name=name)(distance)


for _unit, _result in (
    ("second", "34128000"),
    ("minute", "568800"),
    ("hour", "9480"),
    ("day", "395"),
    ("week", "56"),
    ("month", "13"),
    ("quarter", "4"),
    ("year", "1"),
):
    _register_distance(_unit, _result)


@filter("datediff")
def date_diff(value: Moment, other: Moment, unit: Text = "days") -> int:
    """Whole units (seconds … years) from one time to another, negative where the other is earlier.

    '2024-01-31'|date_diff('2024-02-02')  →  2
    '2024-01-31'|date_diff('2024-01-30', 'hours')  →  -24
    """
    return _between(value, other, unit_of(unit))


@filter()
def age(context: Context, value: Moment, at: Moment | None = None) -> int:
    """Whole years from a birthday to now, or to another time.

    '2000-06-15'|age('2024-06-14')  →  23
    """
    return _between(value, at or context.now(), "year")


@filter()
def is_past(context: Context, value: Moment) -> Boolean:
    """Whether the time lies before now.

    '2000-01-01'|is_past  →  true
    """
    return value.microseconds < context.now().microseconds


@filter()
def is_future(context: Context, value: Moment) -> Boolean:
    """Whether the time lies after now.

    '2000-01-01'|is_future  →  false
    """
    return value.microseconds > context.now().microseconds


@filter()
def is_today(context: Context, value: Moment, timezone: Text = "UTC") -> Boolean:
    """Whether the time lies in the present day.

    now()|is_today  →  true
    """
    return local(value, timezone).date() == local(context.now(), timezone).date()


@filter()
def is_same_day(value: Moment, other: Moment, timezone: Text = "UTC") -> Boolean:
    """Whether two times lie in one day.

    '2024-01-31T01:00:00Z'|is_same_day('2024-01-31')  →  true
    """
    return local(value, timezone).date() == local(other, timezone).date()


@filter()
def is_before(value: Moment, other: Moment) -> Boolean:
    """Whether the time is earlier than another.

    '2024-01-31'|is_before('2024-02-01')  →  true
    """
    return value.microseconds < other.microseconds


@filter()
def is_after(value: Moment, other: Moment) -> Boolean:
    """Whether the time is later than another.

    '2024-01-31'|is_after('2024-02-01')  →  false
    """
    return value.microseconds > other.microseconds
