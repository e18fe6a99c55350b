"""Works out when an idle key is disabled, warned about and over, for each line "zone milliseconds".

Calendar months by dateutil, zones by zoneinfo: none of it is code of the product.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MS = timedelta(milliseconds=1)


def after(start, months, zone):
    """So many calendar months later on the wall; of an hour that comes twice the first."""
    wall = start.astimezone(zone).replace(tzinfo=None, fold=0) + relativedelta(months=months)
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def steps(zone, start):
    end = after(start, 6, zone)
    at = {
        "disable": after(start, 3, zone),
        "warn:4m": after(start, 4, zone),
        "warn:5m": after(start, 5, zone),
        "warn:-7d": end - timedelta(days=7),
        "expire": end,
    }
    return sorted(at.items(), key=lambda step: step[1])


def main():
    lines = sys.stdin.read().splitlines()
    for line in lines:
        name, ms = line.split()
        start = EPOCH + int(ms) * MS
        print(" ".join(f"{step}={(at - EPOCH) // MS}" for step, at in steps(ZoneInfo(name), start)))


main()
