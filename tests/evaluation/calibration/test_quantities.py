"""What calibration compares: every quantity under its name, whatever the order in which a fit holds it."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from hbm_model.evaluation.calibration.quantities import compared
from hbm_model.evaluation.calibration.sbc import Study, ranked
from hbm_model.inference.fit import Fit


def test_the_order_in_which_a_fit_holds_its_parameters_does_not_matter(made_up_fit: Fit) -> None:
    """The prior's draws come in another order than a sampler's; ranks are taken row by row."""
    posterior = made_up_fit.data["posterior"].to_dataset()
    turned = made_up_fit.data.copy()
    turned["posterior"] = xr.DataTree(posterior[list(posterior.data_vars)[::-1]])
    one, other = compared(made_up_fit), compared(replace(made_up_fit, data=turned))
    assert one["name"].tolist() == other["name"].tolist()
    for before, after in zip(one["draws"], other["draws"], strict=True):
        np.testing.assert_array_equal(before, after)


def test_ranks_of_other_quantities_are_refused(made_up_fit: Fit) -> None:
    found = compared(made_up_fit)
    with pytest.raises(ValueError, match="other quantities"):
        ranked(found, found.iloc[::-1].reset_index(drop=True), Study("2026-06-30"), 0)
