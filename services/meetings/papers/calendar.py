"""Meetings as an iCalendar object (RFC 5545), for one meeting as a file or for many as a feed.

An entry keeps its UID for ever and raises SEQUENCE with each change of time, place or state (RFC 5545 3.8.7.4), so that
a calendar program moves or strikes out what it has. Times are in Asia/Shanghai with the VTIMEZONE that says what it is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText

from services.meetings.convening.notice import CalendarEntry
from shared.clock import COUNTY_ZONE

_PRODUCT = "-//xietiao//meetings//ZH"
_BEFORE = timedelta(days=-1)


def to_calendar(name: str, entries: Iterable[CalendarEntry], *, announced: bool = False) -> bytes:
    """Return the entries as text/calendar; `announced` is for one meeting's file: METHOD says publish or cancel."""
    listed = list(entries)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if announced:
        calendar.add("method", "CANCEL" if all(_is_cancelled(entry) for entry in listed) else "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", COUNTY_ZONE.key)
    calendar.add_component(_county_zone())
    for entry in listed:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(COUNTY_ZONE))
    event.add("dtend", entry.ends_at.astimezone(COUNTY_ZONE))
    event.add("created", entry.created_at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("location", vText(entry.location))
    event.add("status", entry.status)
    event.add("organizer", _organizer(entry.organizer))
    if entry.description:
        event.add("description", entry.description)
    if not _is_cancelled(entry):
        event.add_component(_reminder(entry.summary))
    return event


def _organizer(name: str) -> vCalAddress:
    """Return the office that calls: RFC 5546 wants an address, so it gets one at a domain that receives nothing."""
    address = vCalAddress("mailto:office@meetings.invalid")
    address.params["CN"] = vText(name)
    return address


def _is_cancelled(entry: CalendarEntry) -> bool:
    return entry.status == "CANCELLED"


def _reminder(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", _BEFORE)
    return alarm


def _county_zone() -> Timezone:
    """Return China standard time; the entries lie after 1991, when the last summer time ended."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 1, 0, 0))  # noqa: DTZ001 - RFC 5545 3.6.5: local time of the onset
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", COUNTY_ZONE.key)
    zone.add_component(standard)
    return zone
