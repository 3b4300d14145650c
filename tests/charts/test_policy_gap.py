"""A gap with the measures in force under it."""

import pytest

from hbm_model import charts
from hbm_model.charts.catalogue import Material
from hbm_model.core.errors import InputError

from .conftest import text_of


def test_measures_stand_under_the_gap(material: Material) -> None:
    table = charts.policy_gap_table(material.forecast, material.fit.policy)
    steps = table[table["layer"] == "measure"]
    set_levers = {name for name, levels in material.fit.policy.levels.items() if levels}
    assert set(steps["lever"]) == set_levers
    above, below = charts.policy_gap(material.forecast, material.fit.policy)
    assert above.get_xlim() == below.get_xlim()
    assert all(material.fit.policy.levers[name].title in text_of(below) for name in set_levers)
    with pytest.raises(InputError, match="'generation_lag' is no gap over time"):
        charts.policy_gap(material.forecast, material.fit.policy, "generation_lag")
