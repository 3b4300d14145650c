"""Simulated evidence: claim tables in the real schema about a world whose parameters are known.

The real tables are the design: who speaks, about what, when, in which form. Only what is said changes.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.dates import decimal_year, decimal_years
from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, BLOCS, GENERATIONS, MAKER, ORIGINS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import STAGES, usage_table
from hbm_model.inference.fit import Fit
from hbm_model.inference.predictive import predict
from hbm_model.model.coding import DOLLARS
from hbm_model.model.joint import structure
from hbm_model.model.kinds import KINDS
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import GATHERED_FROM, LEAD_FLOOR
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import policy_of

_FITTED = {table for kind in KINDS.values() for table in kind.tables}
"""Tables whose claims are said anew; the others stay as they are."""
_LAST_YEAR = 2060.9
"""The tables hold no later date: what one prior world in hundreds plans for the next century is said to be due then."""


def draw_truths(evidence: Evidence, priors: Priors, n: int, seed: int) -> list[Fit]:
    """Parameter sets from the prior, each as a one-draw :class:`Fit` that can be simulated and forecast from.

    Parameters
    ----------
    evidence
        The vintage that the model is laid out for.
    priors
        From :func:`hbm_model.core.priors.load_priors`.
    n
        Number of worlds.
    seed
        Of the draws; world `k` carries ``seed + k`` as its own.
    """
    import pymc as pm

    from hbm_model.model.in_pymc import build_model

    layout, observations = observe(evidence, priors, policy_of(evidence))
    logging.getLogger("pymc.sampling.forward").setLevel(logging.WARNING)  # else it lists every parameter on stderr
    with build_model(layout, observations, priors) as model, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The effect of Potentials")  # the prior is what is wanted
        free = [rv.name for rv in model.free_RVs]
        prior = pm.sample_prior_predictive(
            n, var_names=free, random_seed=seed, compile_kwargs={"mode": "FAST_COMPILE"}
        )["prior"].to_dataset()
    truths = []
    for k in range(n):
        one = prior.isel(draw=[k]).assign_coords(draw=[0])
        tree = xr.DataTree.from_dict(
            {
                "posterior": one,
                "constant_data": xr.Dataset({"raised": (("vendor", "spending_year"), observations.drivers["raised"])}),
            }
        )
        meta = {
            "settings": {"seed": seed + k, "quick": False},
            "observed_through": decimal_year(evidence.observed_through),
        }
        truths.append(Fit(tree, _NO_DIAGNOSTICS, layout, priors, observations.policy, meta))
    return truths


def write_evidence(truth: Fit, evidence: Evidence, folder: Path, seed: int) -> Path:
    """Write the tables that the makers and the press of this world would have produced.

    Parameters
    ----------
    truth
        A world: one draw of the parameters, from :func:`draw_truths`.
    evidence
        The real vintage whose form is copied.
    folder
        The data folder to write, which must not exist yet. It holds the claims that the model uses and nothing of how
        the real questions came out.
    seed
        Of the noise in what is claimed.

    Returns
    -------
    Path
        `folder`, which ``load_evidence`` reads and ``check_data`` has no complaints about.
    """
    rng = np.random.default_rng(seed)
    _, observations = observe(evidence, truth.priors, truth.policy)
    theta = truth.theta()
    shutil.copytree(evidence.source, folder)
    corrections = pd.read_csv(folder / "corrections.csv", dtype=str, keep_default_na=False)
    corrections[~corrections["table"].isin(_FITTED)].to_csv(folder / "corrections.csv", index=False)
    outcomes = folder / "questions" / "outcomes.csv"
    if outcomes.exists():  # they are of the real world and rest on its claims
        pd.read_csv(outcomes, dtype=str).iloc[:0].to_csv(outcomes, index=False)
    said = _said(theta, truth, observations, rng)
    used = usage_table(evidence)
    kept = set(used.loc[used["used"], "id"])
    for table, rows in evidence.tables.items():
        if table not in _FITTED:
            continue
        own = rows[rows["id"].isin(kept)].copy()
        own = _milestones(own, theta, truth, rng) if table == "milestones" else _levels(own, said, rng)
        _write(own, folder / "claims" / f"{table}.csv")
    return folder


_NO_DIAGNOSTICS: Any = None


def _said(theta: dict[str, Any], truth: Fit, observations: Observations, rng: np.random.Generator) -> dict[str, Any]:
    """What each interval claim's source believes, in the likelihood's scale: id to (kind, value)."""
    centre, scale = predict(theta, truth, observations)
    value = centre[0] + scale[0] * rng.logistic(size=centre.shape[1])
    stacked = observations.stacked
    return {row: (kind, x) for row, kind, x in zip(stacked.ids, stacked.kinds, value, strict=True)}


def _levels(rows: pd.DataFrame, said: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """Rows with their figures replaced, keeping the form: a point, a range of the same width, a bound."""
    out = []
    for row in rows.to_dict("records"):
        kind, x = said.get(row["id"], (None, 0.0))
        if kind is not None:  # else money raised, which is known and not claimed
            low, high = (_percent if KINDS[kind].scale == "percent" else _amount)(row, kind, x, rng)
            row["low"] = row["low"] if np.isnan(row["low"]) or row["low"] == 0 else low
            row["high"] = row["high"] if np.isnan(row["high"]) else max(high, row["low"])
        out.append(row)
    return pd.DataFrame(out, columns=rows.columns)


def _percent(row: dict[Any, Any], kind: str, x: float, rng: np.random.Generator) -> tuple[float, float]:
    """Percentages around a believed logit, rounded as the press rounds them."""
    step = 5.0 if kind.endswith("yield") else 2.0
    percent = 100 / (1 + np.exp(-x))
    width = row["high"] - row["low"] if row["bound"] == "none" else 0.0
    how = {"lower": np.floor, "upper": np.ceil}.get(row["bound"], np.round)
    low = float(np.clip(how((percent - rng.uniform() * width) / step) * step, 0, 100))
    return low, min(low + width, 100.0)


def _amount(row: dict[Any, Any], kind: str, x: float, rng: np.random.Generator) -> tuple[float, float]:
    """Amounts around a believed log, in the row's own unit; a bound lies up to a tenth off."""
    width = np.log(row["high"] / row["low"]) if row["bound"] == "none" and row["low"] > 0 else 0.0
    slack = 0.0 if row["bound"] == "none" else 0.1 * rng.uniform()
    place = rng.uniform()
    unit = _unit_factor(row, kind)
    return float(np.exp(x - place * width - slack) / unit), float(np.exp(x + (1 - place) * width + slack) / unit)


def _unit_factor(row: dict[Any, Any], kind: str) -> float:
    """Likelihood units per unit of the row."""
    if KINDS[kind].scale == "wafers":
        return 1e-3
    if KINDS[kind].scale == "money":
        years = max((row["period_end"] - row["period_start"]).days / 365.25, 0.1)
        return float(DOLLARS[row["currency"]] / years)
    return 1.0


def _milestones(rows: pd.DataFrame, theta: dict[str, Any], truth: Fit, rng: np.random.Generator) -> pd.DataFrame:
    """Reports of this world: occurred if it has and is known, else guidance with its slip, or a report of not yet."""
    layout = truth.layout
    world = structure(truth.context(theta))
    roadmap: dict[str, float] = dict(zip(layout.pairs, theta["slip_roadmap"][0], strict=True))
    published = decimal_years(rows["published"])
    out = []
    for (_, row), p in zip(rows.iterrows(), published, strict=True):
        maker, stage = MAKER[row["vendor"]], STAGES[row["stage"]]
        if row["status"] == "claimed":
            continue
        date = _true_date(row, maker, stage, theta, world, layout)
        origin = ORIGINS.index(row["origin"])
        bloc = BLOCS.index(BLOC_OF[maker])
        width = _width(row)
        known = date + rng.exponential(theta["reporting_delay"][0, bloc]) <= p
        if known:
            declared = row["stage"] == "mass_production" and row["origin"] == "company"
            rumour = stage == "qualified" and row["origin"] == "insider"
            shift = theta["mass_production_lead"][0] * declared + theta["rumour_lead"][0] * rumour
            told = date - shift + theta["event_scale"][0, origin] * rng.logistic()
            if told > p:
                continue
            start = told - rng.uniform() * width
            out.append(_reported(row, "occurred", start, min(start + width, p)))
        elif row["status"] in ("delayed", "failed") and date > decimal_years(pd.Series([row["date_end"]]))[0]:
            out.append(row)
        else:
            pair = f"{maker}:{row['generation']}"
            slip = theta["slip_mean"][0, bloc] + theta["slip_roadmap_sd"][0] * roadmap[pair]
            noise = theta["guidance_scale"][0, origin] * rng.logistic()
            lead = (max(date - p, 0.0) + LEAD_FLOOR) * np.exp(noise - slip) - LEAD_FLOOR
            start = p + max(lead, 0.0) - rng.uniform() * width
            out.append(_reported(row, "target", start, start + width))
    out += _first_reports(rows, theta, world, layout, truth.meta["observed_through"], rng)
    return pd.DataFrame(out, columns=rows.columns)


def _first_reports(
    rows: pd.DataFrame,
    theta: dict[str, Any],
    world: dict[str, Any],
    layout: Layout,
    through: float,
    rng: np.random.Generator,
) -> list[pd.Series[Any]]:
    """A first report of every sampling and volume start: events make their own news, whoever else wrote on what day."""
    template = rows.iloc[0]
    reports: list[pd.Series[Any]] = []
    for pair in layout.pairs:
        maker, generation = pair.split(":")
        base = template.copy()
        base["vendor"], base["generation"], base["layers"] = maker, generation, np.nan
        base["origin"], base["kind"] = "insider", "primary"
        for stage, name in (("sample", "sample"), ("volume", "volume_shipment")):
            date = _true_date(base, maker, stage, theta, world, layout)
            published = date + rng.exponential(theta["reporting_delay"][0, BLOCS.index(BLOC_OF[maker])])
            told = min(date + theta["event_scale"][0, ORIGINS.index("insider")] * rng.logistic(), published)
            if GATHERED_FROM < published <= through:
                report = _reported(base, "occurred", told - rng.uniform() * 0.1, min(told + 0.1, published))
                report["id"] = f"first-{maker}-{generation}-{stage}"
                report["claim_group"] = f"first_reports-g{len(reports):03d}"
                report["stage"], report["published"] = name, _timestamp(published)
                reports.append(report)
    return reports


def _true_date(
    row: pd.Series[Any], maker: str, stage: str, theta: dict[str, Any], world: dict[str, Any], layout: Layout
) -> float:
    place = (0, VENDORS.index(maker), GENERATIONS.index(row["generation"]))
    dates = world["dates"]
    base = BASE_LAYERS[row["generation"]]
    step = max((row["layers"] - base) / 4, 0.0) if np.isfinite(row["layers"]) else 0.0
    date = dates["volume"][place] + step * dates["taller_step"][place]
    if stage == "sample":
        date = date - dates["sample_lead"][place]
    if stage == "qualified":
        pair = f"{maker}:{row['generation']}"
        date = date + theta["qualified_after_volume"][0, layout.pairs.index(pair)]
    return float(date)


def _width(row: pd.Series[Any]) -> float:
    if pd.isna(row["date_end"]):
        return 0.5
    return float(np.clip((row["date_end"] - row["date_start"]).days / 365.25, 0.02, 1.0))


def _reported(row: pd.Series[Any], status: str, start: float, end: float) -> pd.Series[Any]:
    new = row.copy()
    new["status"], new["recalled"] = status, False
    new["date_start"], new["date_end"] = _timestamp(min(start, end)), _timestamp(end)
    return new


def _timestamp(year: float) -> pd.Timestamp:
    year = min(year, _LAST_YEAR)
    whole = int(np.floor(year))
    return pd.Timestamp(whole, 1, 1) + timedelta(days=int((year - whole) * 365.25))


def _write(rows: pd.DataFrame, path: Path) -> None:
    text = rows.copy()
    for column in text.columns:
        if pd.api.types.is_datetime64_any_dtype(text[column]):
            text[column] = text[column].dt.strftime("%Y-%m-%d")
        elif text[column].dtype == bool:
            text[column] = text[column].map({True: "true", False: "false"})
        elif pd.api.types.is_float_dtype(text[column]):
            text[column] = text[column].map(lambda x: "" if pd.isna(x) else f"{x:.10g}")
    text.to_csv(path, index=False)
