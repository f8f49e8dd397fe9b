"""What people plan: performances with their targets and marketing weeks, and notes on months."""

from boxoffice.planning.season import MonthNote, Performance, Season, WorkbookFile
from boxoffice.planning.store import PlanRefused, store_plan

__all__ = ["MonthNote", "Performance", "PlanRefused", "Season", "WorkbookFile", "store_plan"]
