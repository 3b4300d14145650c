"""Rows behind the charts: claims of levels stand at the very dates at which the model reads them."""

import pytest

from hbm_model.charts.kit.rows import level_claims
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.model import coding
from hbm_model.model.layout import Layout


@pytest.mark.parametrize("part", ["hbm_wafers", "dram_wafers", "hbm_share"])
def test_a_claim_of_wafers_is_dated_as_the_model_dates_it(vintage: Evidence, layout: Layout, part: str) -> None:
    rows = used_rows(vintage, "capacity", part)
    claims = coding.capacity(rows, part, layout)
    drawn = level_claims(vintage, "capacity", part).set_index("id").loc[claims.ids, "when"]
    assert list(drawn) == list(claims.more["time"])


def test_a_claim_of_yield_is_dated_as_the_model_dates_it(vintage: Evidence, layout: Layout) -> None:
    claims = coding.hbm_yields(used_rows(vintage, "yields", "hbm_yield"), "hbm_yield", layout)
    drawn = level_claims(vintage, "yields", "hbm_yield").set_index("id").loc[claims.ids, "when"]
    assert list(drawn) == list(claims.more["time"])


def test_hollow_claims_are_those_with_a_lead(vintage: Evidence) -> None:
    drawn = level_claims(vintage, "capacity", "hbm_wafers")
    assert set(drawn.loc[drawn["hollow"], "status"]) == {"plan", "forecast"}
    assert set(drawn.loc[~drawn["hollow"], "status"]) == {"actual"}
