"""Charts: tidy rows in, Axes out, each with the table that it draws.

>>> hbm.charts.gap(forecast, "frontier_lag", ax=ax)
>>> hbm.charts.calendar(forecast, evidence).figure.savefig("calendar.pdf")

Every chart draws on the Axes that it is given and returns them; without any it makes a figure of one print column,
apart from pyplot. ``<chart>_table`` returns what the chart draws.
"""

from hbm_model.charts.dates import catch_up, catch_up_table
from hbm_model.charts.fan import gap, gap_table
from hbm_model.charts.forest import contrast_forest, contrast_forest_table
from hbm_model.charts.levers import lever_response, lever_response_table
from hbm_model.charts.looks import GAPS
from hbm_model.charts.market import shares, shares_table
from hbm_model.charts.measures import policy_timeline, policy_timeline_table
from hbm_model.charts.ramps import yield_ramps, yield_ramps_table
from hbm_model.charts.scenarios import scenario_fans, scenario_fans_table
from hbm_model.charts.split import variance_split, variance_split_table
from hbm_model.charts.timeline import calendar, calendar_table
from hbm_model.charts.wafers import capacity, capacity_table
from hbm_model.charts.write import write_charts

__all__ = [
    "GAPS",
    "calendar",
    "calendar_table",
    "capacity",
    "capacity_table",
    "catch_up",
    "catch_up_table",
    "contrast_forest",
    "contrast_forest_table",
    "gap",
    "gap_table",
    "lever_response",
    "lever_response_table",
    "policy_timeline",
    "policy_timeline_table",
    "scenario_fans",
    "scenario_fans_table",
    "shares",
    "shares_table",
    "variance_split",
    "variance_split_table",
    "write_charts",
    "yield_ramps",
    "yield_ramps_table",
]
