"""Charts: tidy rows in, Axes out, each with the table that it draws.

>>> hbm.charts.gap(forecast, "frontier_lag", ax=ax)
>>> hbm.charts.calendar(forecast, evidence).figure.savefig("calendar.pdf")

Every chart draws on the Axes that it is given and returns them; without any it makes a figure of one print column,
apart from pyplot. ``<chart>_table`` returns what the chart draws. In a ``with charts.language("ko")`` block charts are
lettered in Korean.
"""

from hbm_model.charts.ages import heights, heights_table, same_age, same_age_table
from hbm_model.charts.dates import catch_up, catch_up_table
from hbm_model.charts.due import plans, plans_table
from hbm_model.charts.fan import gap, gap_table
from hbm_model.charts.forest import contrast_forest, contrast_forest_table
from hbm_model.charts.in_force import policy_gap, policy_gap_table
from hbm_model.charts.levers import lever_response, lever_response_table
from hbm_model.charts.looks import GAPS
from hbm_model.charts.market import shares, shares_table
from hbm_model.charts.measures import policy_timeline, policy_timeline_table
from hbm_model.charts.ramps import yield_ramps, yield_ramps_table
from hbm_model.charts.reliability import reliability, reliability_table
from hbm_model.charts.said import claims_timeline, claims_timeline_table
from hbm_model.charts.scenarios import scenario_fans, scenario_fans_table
from hbm_model.charts.scores import skill, skill_table
from hbm_model.charts.shipments import output, output_table
from hbm_model.charts.slide import slider
from hbm_model.charts.spending import investment, investment_table
from hbm_model.charts.split import variance_split, variance_split_table
from hbm_model.charts.timeline import calendar, calendar_table
from hbm_model.charts.vintages import revisions, revisions_table
from hbm_model.charts.wafers import capacity, capacity_table
from hbm_model.charts.words import language
from hbm_model.charts.write import write_charts

__all__ = [
    "GAPS",
    "calendar",
    "calendar_table",
    "capacity",
    "capacity_table",
    "catch_up",
    "catch_up_table",
    "claims_timeline",
    "claims_timeline_table",
    "contrast_forest",
    "contrast_forest_table",
    "gap",
    "gap_table",
    "heights",
    "heights_table",
    "investment",
    "investment_table",
    "language",
    "lever_response",
    "lever_response_table",
    "output",
    "output_table",
    "plans",
    "plans_table",
    "policy_gap",
    "policy_gap_table",
    "policy_timeline",
    "policy_timeline_table",
    "reliability",
    "reliability_table",
    "revisions",
    "revisions_table",
    "same_age",
    "same_age_table",
    "scenario_fans",
    "scenario_fans_table",
    "shares",
    "shares_table",
    "skill",
    "skill_table",
    "slider",
    "variance_split",
    "variance_split_table",
    "write_charts",
    "yield_ramps",
    "yield_ramps_table",
]
