"""Spoiled evidence: everything stays a table that can be fitted, and is wrong in the way that its name says."""

from collections import Counter

import numpy as np
import pytest

from hbm_model.core.priors import Priors
from hbm_model.evaluation import negative_controls
from hbm_model.evidence import Evidence
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_of


@pytest.mark.parametrize("name", negative_controls.CONTROLS)
def test_spoiled_evidence_can_be_coded_and_is_other_evidence(name: str, vintage: Evidence, priors: Priors) -> None:
    wrong = negative_controls.CONTROLS[name](vintage)
    assert wrong.digest not in (
        vintage.digest,
        *(f(vintage).digest for n, f in negative_controls.CONTROLS.items() if n != name),
    )
    assert wrong.digest == negative_controls.CONTROLS[name](vintage).digest
    _, observations = observe(wrong, priors, policy_of(wrong))
    assert len(observations.stacked.ids) > 300


def test_shuffling_moves_claims_to_other_makers_and_keeps_their_number(vintage: Evidence) -> None:
    wrong = negative_controls.shuffled(vintage)
    for table in ("yields", "milestones", "capacity", "market"):
        before, after = vintage.tables[table], wrong.tables[table]
        assert Counter(before["vendor"]) == Counter(after["vendor"])
        assert (before["vendor"] != after["vendor"]).mean() > 0.3
        assert before.drop(columns="vendor").equals(after.drop(columns="vendor"))


def test_reversal_turns_each_series_and_the_order_of_generations(vintage: Evidence) -> None:
    wrong = negative_controls.reversed_in_time(vintage)
    before, after = (
        rows[(rows["vendor"] == "sk_hynix") & (rows["metric"] == "hbm_revenue_share")].sort_values(["period_end", "id"])
        for rows in (vintage.tables["market"], wrong.tables["market"])
    )
    generations = before.groupby(["generation", "unit"])["low"].apply(list)
    turned = after.groupby(["generation", "unit"])["low"].apply(list)
    for one, other in zip(generations, turned, strict=True):
        np.testing.assert_array_equal(one, other[::-1])
    first, last = (each.tables["milestones"]["generation"] for each in (vintage, wrong))
    assert (last[first == "HBM2"] == "HBM4E").all()
    assert (last[first == "HBM3"] == "HBM3E").all()


def test_the_invented_source_tells_every_yield_a_third_higher(vintage: Evidence) -> None:
    wrong = negative_controls.biased(vintage)
    rows = wrong.tables["yields"].set_index("id")
    told = rows[rows["origin"] == negative_controls.BIASED_ORIGIN]
    real = rows.loc[[name.removeprefix("biased-") for name in told.index]]
    assert len(told) == (vintage.tables["yields"]["status"] == "actual").sum()
    np.testing.assert_allclose(told["low"], np.minimum(real["low"] * negative_controls.BIAS, 99.0))
    assert negative_controls.BIASED_ORIGIN not in set(vintage.tables["yields"]["origin"])
