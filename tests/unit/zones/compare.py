# Asks print_due when cron expressions are due in a day before and after every change of clocks, 30 zones
# over 20 years, and works the same out by brute force on Python's datetime and zoneinfo.
#
# Usage: compare.py PRINT_DUE [SEED]
import calendar
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONES = """Africa/Cairo Africa/Casablanca America/Argentina/Buenos_Aires America/Asuncion
America/Havana America/Los_Angeles America/Mexico_City America/New_York America/Nuuk
America/Santiago America/Sao_Paulo America/St_Johns Antarctica/Troll Asia/Amman Asia/Beirut
Asia/Gaza Asia/Jerusalem Asia/Pyongyang Asia/Tehran Atlantic/Azores Australia/Lord_Howe
Australia/Sydney Europe/Berlin Europe/Dublin Europe/Istanbul Europe/London Europe/Moscow
Pacific/Apia Pacific/Auckland Pacific/Chatham""".split()
FIRST_YEAR, LAST_YEAR = 2016, 2035
DAY_S = 86_400

ALL_HOURS = list(range(24))


def changes(zone):
    """Unix seconds at which the offset of the zone changes."""
    def offset(at):
        return datetime.fromtimestamp(at, zone).utcoffset()

    at = int(datetime(FIRST_YEAR, 1, 1, tzinfo=timezone.utc).timestamp())
    end = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=timezone.utc).timestamp())
    step = 6 * 3600
    while at < end:
        if offset(at) != offset(at + step):
            low, high = at, at + step
            while high - low > 1:
                middle = (low + high) // 2
                if offset(middle) == offset(low):
                    low = middle
                else:
                    high = middle
            yield high
        at += step


class Schedule:
    """An expression together with the sets it stands for, made from the sets and not by parsing."""

    def __init__(self, dice):
        self.second = dice.choice([None, None, None, 0, 30])
        minute, self.minutes = dice.choice(
            [("0", [0]), ("30", [30]), ("*/15", [0, 15, 30, 45]), ("5,59", [5, 59]),
             ("7-9", [7, 8, 9]), ("10/25", [10, 35])])
        hour, self.hours = dice.choice(
            [("*", ALL_HOURS), ("*", ALL_HOURS), ("0-23", ALL_HOURS), ("2", [2]), ("3", [3]),
             ("0", [0]), ("1-2", [1, 2]), ("*/2", ALL_HOURS[::2]), ("23,0,1", [23, 0, 1]),
             ("9", [9]), ("1/3", ALL_HOURS[1::3])])
        self.any_day = self.any_weekday = False
        day, self.by_day = dice.choice(
            [("*", lambda d: True), ("*", lambda d: True), ("?", lambda d: True),
             ("*/2", lambda d: d.day % 2 == 1),
             ("L", lambda d: d.day == days_in(d)), ("L-1", lambda d: d.day == days_in(d) - 1),
             ("25-31,1", lambda d: d.day >= 25 or d.day == 1), ("L,15", lambda d: d.day in (15, days_in(d)))])
        weekday, self.by_weekday = dice.choice(
            [("*", lambda d: True), ("*", lambda d: True), ("?", lambda d: True),
             ("SUN", lambda d: d.isoweekday() == 7), ("6-7", lambda d: d.isoweekday() >= 6),
             ("sunl", lambda d: d.isoweekday() == 7 and d.day + 7 > days_in(d)),
             ("0#1,5L", lambda d: d.isoweekday() == 7 and d.day <= 7
              or d.isoweekday() == 5 and d.day + 7 > days_in(d)),
             ("*/3", lambda d: d.isoweekday() % 7 in (0, 3, 6))])
        month, self.months = dice.choice(
            [("*", range(1, 13)), ("*", range(1, 13)), ("MAR,oct-11", (3, 10, 11)),
             ("*/2", range(1, 13, 2))])
        self.any_day = day[0] in "*?"
        self.any_weekday = weekday[0] in "*?"
        fields = [minute, hour, day, month, weekday]
        if self.second is not None:
            fields.insert(0, str(self.second))
        self.text = " ".join(fields)
        self.days = {}

    def matches_day(self, day):
        known = self.days.get(day)
        if known is None:
            known = day.month in self.months and (
                self.by_day(day) and self.by_weekday(day) if self.any_day or self.any_weekday
                else self.by_day(day) or self.by_weekday(day))
            self.days[day] = known
        return known

    def due(self, zone, start, end, minutes_shown):
        second = self.second or 0
        if len(self.hours) == 24:
            minutes = set(self.minutes)
            return sorted(at + second for at, day, minute in minutes_shown
                          if minute in minutes and self.matches_day(day)
                          and start <= at + second < end)
        found = set()
        first = datetime.fromtimestamp(start, zone).date() - timedelta(days=2)
        for day in (first + timedelta(days=i) for i in range(8)):
            if not self.matches_day(day):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    found.add(first_instant(zone, datetime(day.year, day.month, day.day, hour,
                                                           minute, second)))
        return sorted(at for at in found if start <= at < end)


def days_in(day):
    return calendar.monthrange(day.year, day.month)[1]


def first_instant(zone, local):
    """When the clock of the zone first shows this time, or first shows more."""
    at = int(local.replace(tzinfo=zone, fold=0).timestamp())
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == local:
        return at
    # It is jumped over: fold 0 counts on from before the jump.
    low, high = at - 2 * DAY_S, at
    before = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def questions(dice):
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in changes(zone):
            start, end = change - DAY_S, change + DAY_S
            shown = []
            for at in range(start // 60 * 60 - 60, end, 60):
                local = datetime.fromtimestamp(at, zone)
                shown.append((at, local.date(), local.minute))
            for _ in range(20):
                schedule = Schedule(dice)
                yield name, start, end, schedule, schedule.due(zone, start, end, shown)


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 14
    asked = list(questions(random.Random(seed)))
    text = "".join(f"{name}\t{start}\t{end}\t{schedule.text}\n"
                   for name, start, end, schedule, _ in asked)
    answers = subprocess.run([sys.argv[1]], input=text, capture_output=True, text=True,
                             check=True).stdout.split("\n")
    wrong = due = 0
    for (name, start, end, schedule, expected), answer in zip(asked, answers):
        due += len(expected)
        if answer == " ".join(map(str, expected)):
            continue
        wrong += 1
        if wrong <= 10:
            given = set(answer.split())
            right = set(map(str, expected))
            print(f"{name} {schedule.text!r} from {start} to {end}: "
                  f"not due {sorted(given - right)[:5]}, due and missing {sorted(right - given)[:5]}")
    print(f"seed {seed}: {len(asked)} questions, {due} due times, {wrong} wrong answers")
    if wrong or due < 100_000 or len(answers) != len(asked) + 1:
        sys.exit(1)


main()
