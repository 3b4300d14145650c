"""Names that others rely on: dims, variables, columns, quantities, units. A failure here is a breaking change.

Those of kinds of claims are held by the list of hands in ``tests/model/test_kinds.py``.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.quantities import BY_NAME, HEADLINES, LAG_AT_LEAST, QUANTITIES
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.diagnostics import Diagnostics
from hbm_model.inference.fit import Fit, FitSettings
from hbm_model.model.coding import DEFINITIONS
from hbm_model.model.layout import Layout

VARIABLES: dict[str, tuple[str, ...]] = {
    "clock_start": ("vendor",),
    "cadence_mean": (),
    "cadence_generation": ("step",),
    "cadence_vendor": ("vendor",),
    "cadence_sd": (),
    "early_generation_offset": ("entrant",),
    "sample_lead": ("bloc",),
    "qualified_offset": (),
    "taller_stack_step": (),
    "log_cadence": ("transition",),
    "log_sample_lead": ("pair",),
    "log_taller_step": ("pair",),
    "qualified_after_volume": ("pair",),
    "die_start": (),
    "die_floor": (),
    "learning_time": (),
    "stack_start": (),
    "stack_floor": (),
    "layer_exponent": (),
    "hbm_die_ratio": (),
    "die_start_vendor": ("vendor",),
    "die_floor_vendor": ("vendor",),
    "learning_time_vendor": ("vendor",),
    "stack_start_vendor": ("vendor",),
    "stack_floor_vendor": ("vendor",),
    "die_start_pair": ("pair",),
    "stack_start_pair": ("pair",),
    "die_start_node": ("node",),
    "node_start": ("node",),
    "spending_drift": (),
    "log_spending": ("vendor", "spending_year"),
    "additionality": ("bloc",),
    "lead_time": (),
    "investment_return": (),
    "investment_return_vendor": ("vendor",),
    "break_even": (),
    "break_even_drift": (),
    "wafers_start": ("vendor",),
    "hbm_share_start": ("vendor",),
    "hbm_share_target": ("vendor",),
    "hbm_share_speed": (),
    "wafers_shock": ("vendor", "growth_year"),
    "hbm_share_shock": ("vendor", "share_year"),
    "gross_bits_per_wafer": ("generation",),
    "china_density": (),
    "mix_half_time": (),
    "mix_width": (),
    "realisation": ("vendor",),
    "realisation_shock": ("vendor", "share_year"),
    "price_premium": ("generation",),
    "event_scale": ("origin",),
    "guidance_scale": ("origin",),
    "yield_bias": ("origin",),
    "yield_scale": ("origin",),
    "capacity_scale": ("origin",),
    "share_scale": ("origin",),
    "reporting_delay": ("bloc",),
    "slip_mean": ("bloc",),
    "plan_optimism": ("bloc",),
    "rumour_lead": (),
    "mass_production_lead": (),
    "slip_roadmap_sd": (),
    "test_yield_offset": (),
    "tsv_yield_offset": (),
    "output_scale": (),
    "spending_definition": ("definition",),
    "capacity_definition": ("capacity_kind",),
    "slip_roadmap": ("pair",),
    "plan_roadmap": ("plan", "vendor"),
    "etch_deposition_tool_cost": (),
    "etch_deposition_learning_speed": (),
    "etch_deposition_stockpiling": (),
}
DIMS = {
    **{"vendor": VENDORS, "generation": GENERATIONS, "bloc": ["korea", "us", "china"]},
    "origin": ["company", "insider", "analyst", "government", "other"],
    "step": GENERATIONS[1:],
    "entrant": ["cxmt", "ymtc"],
    "plan": ["dram", "hbm"],
    "definition": DEFINITIONS,
    "capacity_kind": ["installed", "wafer_input", "packaging"],
}
DIMS_OF_THE_EVIDENCE = {
    *("transition", "pair", "node"),
    *("spending_year", "growth_year", "share_year"),
}
FORECAST_COLUMNS = [
    *("scenario", "quantity", "vendor", "generation", "layers", "period", "unit"),
    *("mean", "sd", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "prob_never"),
]
DRAWS_COLUMNS = ["scenario", "draw", "quantity", "vendor", "generation", "period", "value"]
UNITS = {  # a new quantity may stand beside these; the registry and the data package then hold its name
    "volume_date": "decimal year",
    "sample_date": "decimal year",
    "die_yield": "percent",
    "stack_yield": "percent",
    "final_yield": "percent",
    "hbm_wafer_capacity": "thousand wafers per month",
    "dram_wafer_capacity": "thousand wafers per month",
    "bits_shipped": "billion Gb per quarter",
    "generation_lag": "years",
    "frontier_lag": "years",
    "planned_lag": "years",
    "yield_gap": "pp",
    "yield_gap_same_age": "pp",
    "capacity_ratio": "ratio",
    "output_ratio": "ratio",
    "bandwidth_ratio": "ratio",
    "bit_share": "share",
    "revenue_share": "share",
    "catch_up": "decimal year",
}
BLOCS_OF = {
    **dict.fromkeys(("volume_date", "sample_date"), ("korea", "china", "world")),
    **dict.fromkeys(("hbm_wafer_capacity", "dram_wafer_capacity", "bits_shipped"), ("korea", "china", "world")),
    **dict.fromkeys(("bit_share", "revenue_share"), ("korea", "china")),
}
HEADLINE_DIMS = {
    "generation_lag": ("scenario", "draw", "generation"),
    **dict.fromkeys(
        ("frontier_lag", "yield_gap", "yield_gap_same_age", "capacity_ratio", "output_ratio", "bandwidth_ratio"),
        ("scenario", "draw", "period"),
    ),
    **dict.fromkeys(("bit_share", "revenue_share"), ("scenario", "draw", "vendor", "period")),
    "catch_up": ("scenario", "draw"),
}


@pytest.fixture(scope="module")
def made(made_up_fit: Fit) -> Forecast:
    return forecast(made_up_fit)


# --- the model --------------------------------------------------------------------------------------------------


def test_variables_and_their_dims(model: Any) -> None:
    found = {rv.name: tuple(model.named_vars_to_dims.get(rv.name, ())) for rv in model.free_RVs}
    assert found == VARIABLES


def test_dims_and_their_labels(model: Any, layout: Layout) -> None:
    assert set(model.coords) == {*DIMS, *DIMS_OF_THE_EVIDENCE}
    assert {dim: list(model.coords[dim]) for dim in DIMS} == DIMS
    pairs = f"{'|'.join(VENDORS)}", f"{'|'.join(GENERATIONS)}"
    for dim in ("transition", "pair"):
        labels = pd.Series(list(model.coords[dim]))
        assert labels.str.fullmatch(f"({pairs[0]}):({pairs[1]})").all(), dim
    assert list(model.coords["growth_year"]) == [str(y) for y in layout.growth_years]
    assert all(node.split(":")[0] in VENDORS for node in model.coords["node"])


def test_likelihood_terms(model: Any) -> None:
    assert [term.name for term in model.potentials] == ["claims", "not_yet", "silence", "first_report"]


# --- the fit ----------------------------------------------------------------------------------------------------


def test_groups_of_a_fit(made_up_fit: Fit) -> None:
    assert set(made_up_fit.data.children) == {"posterior", "sample_stats", "constant_data"}
    posterior = made_up_fit.data["posterior"]
    assert {str(n): v.dims[2:] for n, v in posterior.data_vars.items()} == VARIABLES
    assert all(v.dims[:2] == ("chain", "draw") for v in posterior.data_vars.values())
    assert set(made_up_fit.data["constant_data"].data_vars) == {"raised", "planned"}
    assert set(made_up_fit.meta) == {"as_of", "observed_through", "evidence", "settings"}


def test_fields_of_settings_and_diagnostics() -> None:
    assert [f.name for f in fields(FitSettings)] == [
        *("draws", "tune", "chains", "cores", "seed", "target_accept", "quick"),
    ]
    assert [f.name for f in fields(Diagnostics)] == [
        *("r_hat", "ess_bulk", "ess_tail", "divergences", "e_bfmi", "worst", "gate", "failures"),
    ]


def test_variables_of_the_simulated_world(made_up_fit: Fit) -> None:
    world = simulate(made_up_fit, "2028Q4")
    pair, flow = ("draw", "vendor", "generation"), ("draw", "vendor", "period")
    assert {str(n): v.dims for n, v in world.data_vars.items()} == {
        **dict.fromkeys(("volume", "sample", "taller_step"), pair),
        **dict.fromkeys(("die", "stack", "final", "bits"), (*pair, "period")),
        **dict.fromkeys(("wafers", "dram_wafers"), flow),
        "price": ("draw", "generation"),
        **dict.fromkeys(("korea_at_same_age", "china_at_same_age"), ("draw", "period")),
    }


# --- the forecast -----------------------------------------------------------------------------------------------


def test_columns_of_the_forecast(made: Forecast) -> None:
    assert list(made.frame.columns) == FORECAST_COLUMNS
    for column in FORECAST_COLUMNS[:7]:
        assert pd.api.types.is_string_dtype(made.frame[column]), column
    for column in FORECAST_COLUMNS[7:]:
        assert made.frame[column].dtype == np.float64, column


def test_quantities_and_their_units(made: Forecast) -> None:
    units: Mapping[str, str] = made.frame.drop_duplicates("quantity").set_index("quantity")["unit"].to_dict()
    assert {name: units[name] for name in UNITS} == UNITS
    assert dict(units) == {q.name: q.unit for q in QUANTITIES if q.name != LAG_AT_LEAST}
    assert len(made.frame.drop_duplicates(["quantity", "unit"])) == len(units)


def test_whose_quantities_they_are(made: Forecast) -> None:
    for quantity in made.frame["quantity"].unique():
        whose = list(made.table(quantity)["vendor"].unique())
        if quantity in BLOCS_OF:
            assert whose == [*VENDORS, *BLOCS_OF[quantity]], quantity
        else:
            assert whose in (["china"], VENDORS), quantity


def test_which_labels_a_quantity_has(made: Forecast) -> None:
    frame = made.frame.assign(dated=made.frame["period"] != "", of=made.frame["generation"] != "")
    found = {q: set(zip(rows["of"], rows["dated"], strict=True)) for q, rows in frame.groupby("quantity")}
    by_generation, by_quarter, by_both, neither = (True, False), (False, True), (True, True), (False, False)
    expected = dict.fromkeys(UNITS, (by_quarter,))
    expected |= dict.fromkeys(("volume_date", "sample_date", "generation_lag"), (by_generation,))
    expected |= dict.fromkeys(("die_yield", "stack_yield", "final_yield"), (by_both,))
    expected |= {"planned_lag": (by_generation, by_quarter), "catch_up": (neither,)}
    assert {name: found[name] for name in UNITS} == {quantity: set(labels) for quantity, labels in expected.items()}
    labelled = {name: {(BY_NAME[name].by_generation, BY_NAME[name].over_time)} for name in found}
    assert found == labelled | {"planned_lag": {by_generation, by_quarter}}
    assert made.frame["period"].str.fullmatch(r"(\d{4}Q[1-4])?").all()
    assert set(made.frame["layers"]) == {"", "4", "8", "12", "16"}


def test_dims_of_the_kept_draws(made: Forecast) -> None:
    dims = {str(n): v.dims for n, v in made.headline.data_vars.items()}
    assert {name: dims[name] for name in HEADLINE_DIMS} == HEADLINE_DIMS
    assert set(dims) == set(HEADLINES)
    assert list(made.headline["vendor"].to_numpy()) == [*VENDORS, "korea", "china"]


def test_columns_of_the_kept_draws(made: Forecast) -> None:
    assert list(made.draws_frame().columns) == DRAWS_COLUMNS
