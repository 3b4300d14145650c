"""Write the tables of docs/model/ and the answer, and draw README's picture, from a stored run.

python docs/generate/model.py --run runs/<run_id>
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from claims import VOLUME_QUESTION, bit_share, documented, find
from results import ROOT, Interval, arguments, source_of, spread, table, write

from hbm_model.charts import write_charts
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS, order
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import forecast
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.draws import NO_DATE
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.inference.predictive import check, coverage
from hbm_model.model import clock, ramp
from hbm_model.model.controls import in_force

Tables = dict[str, pd.DataFrame]

NOW = "2026Q2"
LATER = ("2028Q4", "2032Q4")
SHARES = {
    "sk_hynix": ("M0020", "M0179", "M0302", "M0101", "M0456", "M0006"),
    "samsung": ("M0022", "M0181", "M0303"),
    "micron": ("M0021", "M0183", "M0304"),
}
LOSSES = {"die_yield": "die", "test_yield": "die", "stack_yield": "stack", "tsv_yield": "stack", "final_yield": "final"}
"""Which yield of the model stands beside which kind of claim."""


def main() -> None:
    """Write the result files and the picture."""
    run = arguments(__doc__, "run").run
    fit = load_fit(run / "posterior.nc")
    evidence = load_evidence(as_of=fit.meta["as_of"])
    write(posterior_tables(fit, evidence) | run_tables(run), source_of("docs/generate/model.py", run))
    draw_answer(fit, evidence)


def posterior_tables(fit: Fit, evidence: Evidence) -> Tables:
    """Everything that needs the fit."""
    world = simulate(fit, LATER[-1])
    places = check(fit, evidence)
    return {
        "fit": _fit_facts(fit),
        "volume_dates": _dates(world, evidence),
        "levels": _levels(world, evidence),
        "shares": _shares(world, evidence),
        "yields": _yields(fit, evidence),
        "question_posterior": _question(world),
        "coverage_table": _coverage(places, ["table", "kind"]),
        "coverage_vendor": _coverage(places, ["table", "vendor"]),
        "coverage_origin": _coverage(places, ["table", "origin"]),
        "coverage_all": _coverage(places.assign(table="all"), ["table"]),
    } | _answer(fit)


def _fit_facts(fit: Fit) -> pd.DataFrame:
    d, settings = fit.diagnostics, fit.meta["settings"]
    shape = f"{settings['chains']} chains of {settings['draws']} draws after {settings['tune']}"
    rows = [
        ("evidence", f"as of {fit.meta['as_of']}, SHA-256 `{fit.meta['evidence'][:16]}...`"),
        ("sampler", f"{shape}, seed {settings['seed']}, acceptance target {settings['target_accept']}"),
        ("worst R-hat", f"{d.r_hat:.4f} ({d.worst['r_hat']})"),
        ("worst bulk ESS", f"{d.ess_bulk:.0f} ({d.worst['ess_bulk']})"),
        ("worst tail ESS", f"{d.ess_tail:.0f} ({d.worst['ess_tail']})"),
        ("divergences", d.divergences),
        ("E-BFMI", f"{d.e_bfmi:.2f}"),
        ("gate", "passed" if d.passed else "FAILED: " + "; ".join(d.failures)),
    ]
    return table(["fit", "value"], rows)


_ANSWER = (
    ("frontier_lag", "years behind Korea's frontier", 1, 1.0),
    ("yield_gap", "final yield, Korea minus China, points", 0, 1.0),
    ("capacity_ratio", "HBM wafers, China / Korea, %", 1, 100.0),
    ("output_ratio", "HBM bits shipped, China / Korea, %", 1, 100.0),
)


def _answer(fit: Fit) -> Tables:
    made = forecast(fit)
    periods = (NOW, *LATER)

    def cell(found: pd.DataFrame, digits: int, scale: float) -> Interval:
        if found.empty or np.isnan(found["q50"].iloc[0]):
            return Interval("undefined")
        r = found.iloc[0]
        low, mid, high = ("beyond" if np.isnan(r[q]) else f"{scale * r[q]:.{digits}f}" for q in ("q05", "q50", "q95"))
        return Interval(mid, low, high)

    rows = []
    for quantity, words, digits, scale in _ANSWER:
        frame = made.table(quantity)
        rows.append([words, *(cell(frame[frame["period"] == p], digits, scale) for p in periods)])
        if quantity == "frontier_lag":
            never = [frame.loc[frame["period"] == p, "prob_never"] for p in periods]
            rows.append(
                ["chance that China ships none yet, %", *(f"{100 * (n.iloc[0] if len(n) else 1):.0f}" for n in never)]
            )
    lags = made.table("generation_lag").set_index("generation")
    planned = made.table("planned_lag")
    planned = planned[planned["generation"] != ""].set_index("generation")
    head = ["generation", "Korea's volume to China's, years", "the same, plans taken at their word", "beyond 2032 [%]"]
    generations = [
        [
            g,
            cell(lags.loc[[g]], 1, 1.0),
            f"{planned.loc[g, 'q50']:.1f}" if g in planned.index and np.isfinite(planned.loc[g, "q50"]) else "no plan",
            f"{100 * lags.loc[g, 'prob_never']:.0f}",
        ]
        for g in ("HBM3", "HBM3E", "HBM4", "HBM4E")
    ]
    return {
        "answer": table(["median (90 % interval)", *periods], rows),
        "answer_generations": table(head, generations),
    }


def _dates(world: xr.Dataset, evidence: Evidence) -> pd.DataFrame:
    known = documented(evidence)
    rows = []
    for maker in VENDORS:
        for g in GENERATIONS:
            draws = np.asarray(world["volume"].sel(vendor=maker, generation=g))
            built = draws[draws < NO_DATE]
            if len(built) == 0 or (g in ("HBM4E", "HBM5") and maker != "cxmt"):
                continue
            low, high, ids = known.get((maker, g), (np.nan, np.nan, []))
            ends = [f"{end:.2f}" for end in dict.fromkeys((low, high))] if ids else ["no report"]
            skipped = f"{100 * (1 - len(built) / len(draws)):.0f}" if len(built) < len(draws) else ""
            rows.append([maker, g, spread(built, 2), skipped, ends[0], "".join(ends[1:]), ", ".join(ids)])
    head = ["maker", "generation", "posterior volume date", "passed over [%]", "reported (end of window)"]
    return table([*head, "last reported (end of window)", "claims"], rows)


LEVELS = {
    ("sk_hynix", "wafers", "2025Q4"): ("CAP019", "CAP018", "CAP009"),
    ("samsung", "wafers", "2025Q4"): ("CAP089", "CAP087"),
    ("micron", "wafers", "2025Q4"): ("CAP143", "CAP144"),
    ("cxmt", "wafers", "2026Q4"): ("CAP162", "CAP163", "CAP164"),
    ("sk_hynix", "dram_wafers", "2025Q4"): ("CAP032", "CAP034", "CAP039"),
    ("samsung", "dram_wafers", "2025Q4"): ("CAP107", "CAP110", "CAP113"),
    ("micron", "dram_wafers", "2025Q4"): ("CAP149", "CAP151"),
    ("cxmt", "dram_wafers", "2025Q4"): ("CAP189", "CAP187", "CAP188"),
}


def _claimed(evidence: Evidence, rows: Sequence[str], scale: float) -> str:
    said = []
    for row in rows:
        claim = find(evidence, row)
        low, high = (f"{scale * claim[end]:.0f}" if np.isfinite(claim[end]) else "" for end in ("low", "high"))
        value = low if low == high else f"{low} to {high}"
        said.append(f"{value} ({row}, {claim['status']})")
    return "; ".join(said)


def _levels(world: xr.Dataset, evidence: Evidence) -> pd.DataFrame:
    rows = [
        [
            maker,
            "HBM" if name == "wafers" else "DRAM",
            period,
            spread(world[name].sel(vendor=maker, period=period), 0),
            _claimed(evidence, ids, 1e-3),
        ]
        for (maker, name, period), ids in LEVELS.items()
    ]
    return table(["maker", "wafers", "quarter", "posterior, thousand a month", "claims"], rows)


def _shares(world: xr.Dataset, evidence: Evidence) -> pd.DataFrame:
    rows = []
    for maker, ids in SHARES.items():
        share = spread(bit_share(world, maker, 2025), 0, 100)
        rows.append([f"{maker}, HBM bits 2025, %", share, _claimed(evidence, ids, 1)])
    for year in (2026, 2028):
        wafers = world["wafers"].sel(period=f"{year}Q4")
        share = wafers.sel(vendor="cxmt") / wafers.sum("vendor")
        rows.append([f"cxmt, HBM wafers end of {year}, %", spread(share, 1, 100), ""])
        rows.append([f"cxmt, HBM bits {year}, %", spread(bit_share(world, "cxmt", year), 1, 100), ""])
    return table(["share of the world", "posterior", "claims (some of a quarter or another basis)"], rows)


def _yields(fit: Fit, evidence: Evidence) -> pd.DataFrame:
    context = fit.context()
    dates = clock.evaluate(context)
    ramps = ramp.evaluate(context.under(in_force(context)), dates["volume"])
    claims = used_rows(evidence, "yields", "hbm_yield")
    claims = claims.assign(at=decimal_years(claims["period_end"])).sort_values(["maker", "generation", "at"])
    rows = []
    for claim in claims.to_dict("records"):
        v, g = VENDORS.index(claim["maker"]), order(claim["generation"])
        layers = claim["layers"] if np.isfinite(claim["layers"]) else BASE_LAYERS[claim["generation"]]
        age = ramp.learned_on_grid(context, ramps, dates["volume"], np.array([claim["at"]]))
        found = ramp.yields(ramps, age, [layers] * len(GENERATIONS), np)
        kind = LOSSES[claim["metric"]]
        rows.append(
            [
                claim["maker"],
                f"{claim['generation']} {layers:.0f}-high",
                claim["metric"].replace("_", " "),
                f"{claim['at']:.1f}",
                spread(found[kind][:, v, g, 0], 0, 100),
                _interval(claim),
                f"{claim['id']}, {claim['origin']}",
            ]
        )
    return table(["maker", "product", "kind", "when", "posterior, %", "claimed, %", "claim"], rows)


def _interval(claim: Mapping[Any, Any]) -> str:
    if claim["bound"] == "upper":
        return f"below {claim['high']:.0f}"
    if claim["bound"] == "lower":
        return f"above {claim['low']:.0f}"
    return f"{claim['low']:.0f}" if claim["low"] == claim["high"] else f"{claim['low']:.0f} to {claim['high']:.0f}"


def _question(world: xr.Dataset) -> pd.DataFrame:
    dates = np.asarray(world["volume"].sel(vendor="cxmt", generation="HBM3"))
    before = int((dates < VOLUME_QUESTION).sum())
    rows = [
        ["posterior probability, %", f"{100 * before / len(dates):.2f}"],
        ["draws in which it does", before],
        ["draws", len(dates)],
        ["earliest draw, decimal year", f"{dates.min():.2f}"],
    ]
    return table(["CXMT ships HBM3 in volume before 1 April 2026", "value"], rows)


def _coverage(places: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    found = coverage(places, by)
    rows = [
        [*(r[c] for c in by), r["n"], f"{100 * r['in50']:.0f}", f"{100 * r['in90']:.0f}"]
        for r in found.to_dict("records")
    ]
    return table([*by, "claims", "in their 50 % [%]", "in their 90 % [%]"], rows)


def draw_answer(fit: Fit, evidence: Evidence) -> None:
    """The README's picture, as a run draws it."""
    with tempfile.TemporaryDirectory() as folder:
        write_charts(folder, evidence, fit, forecast(fit), formats=("png",))
        shutil.copy(Path(folder) / "frontier_lag.png", ROOT / "docs" / "img" / "frontier_lag.png")


def run_tables(folder: Path) -> Tables:
    """Where a stored run's time went, and its memory."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = [[name, f"{seconds:.1f}"] for name, seconds in manifest["seconds"].items()]
    total = sum(manifest["seconds"].values())
    return {
        "time": table(["step", "seconds"], [*rows, ["all", f"{total:.1f}"]]),
        "memory": table(["run", "peak memory, MB"], [["forecast", f"{manifest['peak_memory_mb']:.0f}"]]),
    }


if __name__ == "__main__":
    main()
