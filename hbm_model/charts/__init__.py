"""Charts: tidy rows in, Axes out, each with the table that it draws.

>>> hbm.charts.gap(forecast, "frontier_lag", ax=ax)
>>> hbm.charts.calendar(forecast, evidence).figure.savefig("calendar.pdf")

Every chart draws on the Axes that it is given and returns them; without any it makes a figure of one print column,
apart from pyplot. ``<chart>_table`` returns what the chart draws. In a ``with charts.language("ko")`` block charts are
lettered in Korean.
"""

from hbm_model.charts.calendar import calendar, calendar_table
from hbm_model.charts.capacity import capacity, capacity_table
from hbm_model.charts.catch_up import catch_up, catch_up_table
from hbm_model.charts.claims_timeline import claims_timeline, claims_timeline_table
from hbm_model.charts.contrast_forest import contrast_forest, contrast_forest_table
from hbm_model.charts.gap import gap, gap_table
from hbm_model.charts.investment import investment, investment_table
from hbm_model.charts.kit.labels import GAPS
from hbm_model.charts.kit.slider import slider
from hbm_model.charts.kit.words import language
from hbm_model.charts.lever_response import lever_response, lever_response_table
from hbm_model.charts.output import output, output_table
from hbm_model.charts.plans import plans, plans_table
from hbm_model.charts.policy_gap import policy_gap, policy_gap_table
from hbm_model.charts.policy_timeline import policy_timeline, policy_timeline_table
from hbm_model.charts.reliability import reliability, reliability_table
from hbm_model.charts.revisions import revisions, revisions_table
from hbm_model.charts.same_age import heights, heights_table, same_age, same_age_table
from hbm_model.charts.scenario_fans import scenario_fans, scenario_fans_table
from hbm_model.charts.shares import shares, shares_table
from hbm_model.charts.skill import skill, skill_table
from hbm_model.charts.variance_split import variance_split, variance_split_table
from hbm_model.charts.write import write_charts
from hbm_model.charts.yield_ramps import yield_ramps, yield_ramps_table

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
