"""Rows that make lengths round repeat others and count for nothing."""

import itertools
from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from hbm_model.core.priors import Priors
from hbm_model.evidence import load_evidence
from hbm_model.model.kinds import KINDS
from hbm_model.model.observations import Observations, observe
from hbm_model.model.padding import made_up, padded, rounded
from hbm_model.policy.policy import policy_of


@given(st.integers(1, 5000))
def test_a_length_is_made_up_a_little_and_stays_for_the_next_ones(length: int) -> None:
    whole = rounded(length)
    assert length <= whole < length + max(16, length / 4)
    assert rounded(whole) == whole
    assert rounded(length) <= rounded(length + 1)


def test_no_rows_stay_none() -> None:
    assert rounded(0) == 0
    assert made_up(0).size == 0


def test_every_row_counts_once_and_what_is_added_not_at_all(observations: Observations) -> None:
    longer, counted = padded(observations)
    design, usual = longer.design, observations.design
    for term, counts in counted.items():
        assert set(np.unique(counts)) <= {0.0, 1.0}
        for name, array in usual[term].items():
            if np.ndim(array) == 0:
                continue
            assert_array_equal(np.asarray(design[term][name])[..., counts == 1], array, err_msg=f"{term}.{name}")
            assert np.shape(design[term][name])[-1] == len(counts), f"{term}.{name}"


def test_rows_that_are_added_are_rows_of_their_kind(observations: Observations) -> None:
    longer, _ = padded(observations)
    for kind in KINDS:
        assert set(longer.claims[kind].ids) == set(observations.claims[kind].ids)
        assert len(longer.claims[kind].ids) == rounded(len(observations.claims[kind].ids))


def test_most_weeks_of_claims_change_no_length(priors: Priors) -> None:
    """The weeks of a half-year; a change of lengths costs a compilation."""
    days = [date(2026, 1, 2) + timedelta(weeks=i) for i in range(26)]
    lengths = []
    for day in days:
        _, observations = observe(vintage := load_evidence(day), priors, policy_of(vintage))
        lengths.append({term: len(counts) for term, counts in padded(observations)[1].items()})
    changes = sum(now != then for now, then in itertools.pairwise(lengths))
    assert changes <= 8, f"{changes} of 25"
