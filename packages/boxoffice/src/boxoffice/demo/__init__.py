"""An invented season of our own, for people who want to look around before they have data.

`programme` is what is played, `bookings` who buys when, `workbooks` the files a ticket office would
send, `season` all of it together. Pure: the day and the seed are arguments, nothing is stored.
"""

from boxoffice.demo.season import DemoSeason, DemoWorkbook, invent_season

__all__ = ["DemoSeason", "DemoWorkbook", "invent_season"]
