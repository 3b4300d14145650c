"""Fill the tables of docs/model.md and README.md: every number in them is computed here.

A table stands between `<!-- NAME:start -->` and `<!-- NAME:end -->`. Only those whose input is given are rewritten.

    python docs/generate/model.py --prior --fit runs/<run_id>/posterior.nc --run runs/<run_id> \
        --recovery recovery.csv --seeds seeds.csv --investment investment.csv --forms forms
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from priors import (
    VOLUME_QUESTION,
    Blocks,
    bit_share,
    documented,
    fill,
    find,
    prior_predictive,
    priors_table,
    spread,
    table,
)

from hbm_model.charts import write_charts
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS, order
from hbm_model.core.priors import load_priors
from hbm_model.evidence import Evidence, bundled_data, load_evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import forecast
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.diagnostics import Gate
from hbm_model.inference.draws import NO_DATE
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.inference.predictive import check, coverage
from hbm_model.model import clock, ramp
from hbm_model.model.controls import in_force

DOCS = Path(__file__).parents[2]
NOW = "2026Q2"
ASKED = 20
"""How many worlds and seeds a finished study has."""
LATER = ("2028Q4", "2032Q4")
SHARES = {
    "sk_hynix": ("M0020", "M0179", "M0302", "M0101", "M0456", "M0006"),
    "samsung": ("M0022", "M0181", "M0303"),
    "micron": ("M0021", "M0183", "M0304"),
}
LOSSES = {"die_yield": "die", "test_yield": "die", "stack_yield": "stack", "tsv_yield": "stack", "final_yield": "final"}
"""Which yield of the model stands beside which kind of claim."""

# --- posterior --------------------------------------------------------------------------------------------------


def posterior_blocks(fit: Fit, evidence: Evidence) -> Blocks:
    """Everything that needs the fit."""
    world = simulate(fit, LATER[-1])
    places = check(fit, evidence)
    return {
        "fit": _fit_facts(fit),
        "answer": _answer(fit),
        "dates": _dates(world, evidence),
        "levels": _levels(world, evidence),
        "shares": _shares(world, evidence),
        "yields": _yields(fit, evidence),
        "question": _question(world),
        "coverage-table": _coverage(places, ["table", "kind"]),
        "coverage-vendor": _coverage(places, ["table", "vendor"]),
        "coverage-origin": _coverage(places, ["table", "origin"]),
        "coverage-all": _coverage(places.assign(table="all"), ["table"]),
    }


def _fit_facts(fit: Fit) -> str:
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
    return table(["fit", ""], rows)


_ANSWER = (
    ("frontier_lag", "years behind Korea's frontier", 1, 1.0),
    ("yield_gap", "final yield, Korea minus China, points", 0, 1.0),
    ("capacity_ratio", "HBM wafers, China / Korea, %", 1, 100.0),
    ("output_ratio", "HBM bits shipped, China / Korea, %", 1, 100.0),
)


def _answer(fit: Fit) -> str:
    made = forecast(fit)
    periods = (NOW, *LATER)

    def cell(found: pd.DataFrame, digits: int, scale: float) -> str:
        if found.empty or np.isnan(found["q50"].iloc[0]):
            return "undefined"
        r = found.iloc[0]
        low, mid, high = ("beyond" if np.isnan(r[q]) else f"{scale * r[q]:.{digits}f}" for q in ("q05", "q50", "q95"))
        return f"{mid} ({low} to {high})"

    rows = []
    for quantity, words, digits, scale in _ANSWER:
        frame = made.table(quantity)
        rows.append([words, *(cell(frame[frame["period"] == p], digits, scale) for p in periods)])
        if quantity == "frontier_lag":
            never = [frame.loc[frame["period"] == p, "prob_never"] for p in periods]
            rows.append(
                ["chance that China ships none yet", *(f"{100 * (n.iloc[0] if len(n) else 1):.0f} %" for n in never)]
            )
    lags = made.table("generation_lag").set_index("generation")
    planned = made.table("planned_lag")
    planned = planned[planned["generation"] != ""].set_index("generation")
    head = ["generation", "Korea's volume to China's, years", "the same, plans taken at their word", "beyond 2032"]
    generations = [
        [
            g,
            cell(lags.loc[[g]], 1, 1.0),
            f"{planned.loc[g, 'q50']:.1f}" if g in planned.index and np.isfinite(planned.loc[g, "q50"]) else "no plan",
            f"{100 * lags.loc[g, 'prob_never']:.0f} %",
        ]
        for g in ("HBM3", "HBM3E", "HBM4", "HBM4E")
    ]
    return table(["median (90 % interval)", *periods], rows) + "\n\n" + table(head, generations)


def _dates(world: xr.Dataset, evidence: Evidence) -> str:
    known = documented(evidence)
    rows = []
    for maker in VENDORS:
        for g in GENERATIONS:
            draws = np.asarray(world["volume"].sel(vendor=maker, generation=g))
            built = draws[draws < NO_DATE]
            if len(built) == 0 or (g in ("HBM4E", "HBM5") and maker != "cxmt"):
                continue
            low, high, ids = known.get((maker, g), (np.nan, np.nan, []))
            said = "no report" if not ids else f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"
            skipped = f"; passed over in {100 * (1 - len(built) / len(draws)):.0f} %" if len(built) < len(draws) else ""
            rows.append([maker, g, spread(built, 2) + skipped, said, ", ".join(ids)])
    return table(["maker", "generation", "posterior volume date", "reported (end of window)", "claims"], rows)


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


def _levels(world: xr.Dataset, evidence: Evidence) -> str:
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


def _shares(world: xr.Dataset, evidence: Evidence) -> str:
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


def _yields(fit: Fit, evidence: Evidence) -> str:
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


def _question(world: xr.Dataset) -> str:
    dates = np.asarray(world["volume"].sel(vendor="cxmt", generation="HBM3"))
    before = int((dates < VOLUME_QUESTION).sum())
    return (
        f"P(CXMT ships HBM3 in volume before 1 April 2026) = {100 * before / len(dates):.2f} % "
        f"({before} of {len(dates)} draws; the earliest draw is {dates.min():.2f})."
    )


def _coverage(places: pd.DataFrame, by: list[str]) -> str:
    found = coverage(places, by)
    rows = [
        [*(r[c] for c in by), r["n"], f"{100 * r['in50']:.0f} %", f"{100 * r['in90']:.0f} %"]
        for r in found.to_dict("records")
    ]
    return table([*by, "claims", "in their 50 %", "in their 90 %"], rows)


# --- studies and runs -------------------------------------------------------------------------------------------


def draw_answer(fit: Fit, evidence: Evidence) -> None:
    """The README's picture, as a run draws it."""
    with tempfile.TemporaryDirectory() as folder:
        write_charts(folder, evidence, fit, forecast(fit), formats=("png",))
        shutil.copy(Path(folder) / "frontier_lag.png", DOCS / "docs" / "img" / "frontier_lag.png")


def _done(n: int, what: str) -> str:
    return f"{n} {what}." if n >= ASKED else f"{n} of {ASKED} {what}: the study is not finished."


def recovery_block(file: Path) -> Blocks:
    """Coverage by group over the simulated worlds."""
    found = pd.read_csv(file)
    groups = [*found.groupby("group"), ("all", found)]
    worlds = found["world"].nunique()
    rows = [[g, f"{d['covered'].sum()} of {len(d)}", f"{100 * d['covered'].mean():.0f} %"] for g, d in groups]
    share = found.groupby("world")["covered"].mean()
    error = f", standard error over worlds {100 * share.std() / np.sqrt(worlds):.1f} points" if worlds > 1 else ""
    head = f"{_done(worlds, 'worlds')} Mean {100 * share.mean():.1f} %{error}. Worst R-hat {found['r_hat'].max():.3f}."
    return {"recovery": f"{head}\n\n" + table(["quantity", "truths in their 90 % interval", "share"], rows)}


def seeds_block(file: Path) -> Blocks:
    """Worst diagnostics over seeds."""
    found = pd.read_csv(file)
    worst = [f"{found['r_hat'].max():.4f}", f"{found['ess_bulk'].min():.0f}", f"{found['ess_tail'].min():.0f}"]
    worst += [str(found["divergences"].max()), f"{found['e_bfmi'].min():.2f}"]
    gate = Gate()
    limits = [f"at most {gate.r_hat}", f"at least {gate.ess:.0f}", f"at least {gate.ess:.0f}"]
    limits += [str(gate.divergences), f"at least {gate.e_bfmi}"]
    names = ["R-hat", "bulk ESS", "tail ESS", "divergences", "E-BFMI"]
    head = f"{_done(len(found), 'seeds')} {int(found['passed'].sum())} of them pass the gate."
    failed = found.loc[~found["passed"], ["seed", "worst", "r_hat"]].to_dict("records")
    if failed:
        named = [f"seed {f['seed']} (R-hat of {f['worst']} {f['r_hat']:.4f})" for f in failed]
        head += f" Failed: {'; '.join(named)}."
    return {"seeds": head + "\n\n" + table(["", "worst over seeds", "gate"], zip(names, worst, limits, strict=True))}


def investment_block(file: Path) -> Blocks:
    """The capacity forecast with and without the investment claims."""
    found = pd.read_csv(file).set_index(["investment", "quantity", "vendor", "period"])
    rows = []
    for maker in VENDORS[:4]:
        for quantity, words in (("dram_wafers", "DRAM"), ("wafers", "HBM")):
            for period in ("2026Q4", "2028Q4", "2030Q4"):
                r = {name: found.loc[(name, quantity, maker, period)] for name in ("with", "without")}
                change = r["with"]["q50"] / r["without"]["q50"] - 1
                cells = [f"{r[n]['q50']:.0f} ({r[n]['q05']:.0f} to {r[n]['q95']:.0f})" for n in ("with", "without")]
                rows.append([maker, words, period, *cells, f"{100 * change:+.0f} %"])
    head = ["maker", "wafers", "quarter", "with, thousand a month", "without", "median, with against without"]
    return {"investment": table(head, rows)}


PARTS = {
    "all": "all",
    "reliable": "those with k at most 0.7 in both",
    "yields": "yields",
    "hbm_yield": "HBM yields",
    "node_yield": "yields of commodity nodes",
    "capacity": "capacity",
    "milestones": "milestones",
    "investment": "investment",
    "shares": "shares",
    "output": "output",
}
OTHER_FORMS = {
    "one_slip": "one slip for a bloc, instead of roadmaps that err together",
    "one_plan": "one slip of capacity plans, instead of one for each maker's",
    "one_pace": "one pace for all makers, instead of one for each",
}


def forms_block(folder: Path) -> Blocks:
    """Forms of the model beside the published one: how yields are learned in full, all others in a line."""
    scores = pd.read_csv(folder / "scores.csv").set_index(["against", "part", "form"])
    compared = set(scores.index.get_level_values("against"))
    ends = ["weight of {} in a stack", "groups with k over 0.7, {}"]
    blocks: Blocks = {}
    if "volume" in compared:
        rows = []
        for part, words in PARTS.items():
            time, wafers = (scores.loc[("volume", part, form)] for form in ("time", "volume"))
            density = [f"{time['elpd']:.1f}", f"{wafers['elpd']:.1f}", _difference(wafers, time)]
            doubtful = f"{time['unreliable']:.0f}, {wafers['unreliable']:.0f}"
            rows.append([words, f"{time['groups']:.0f}", *density, f"{time['weight']:.2f}", doubtful])
        head = ["part of the evidence", "claim groups", "elpd by time", "elpd by wafers", "wafers less time"]
        named = zip(ends, ("time", "by time and by wafers"), strict=True)
        blocks["learning"] = table([*head, *(end.format(own) for end, own in named)], rows)
    rows = []
    for form in [form for form in OTHER_FORMS if form in compared]:
        differences = [
            _difference(scores.loc[(form, part, form)], scores.loc[(form, part, "time")])
            for part in ("all", "reliable", "milestones", "capacity")
        ]
        whole = [scores.loc[(form, "all", each)] for each in ("time", form)]
        counts = ", ".join(f"{each['unreliable']:.0f}" for each in whole)
        rows.append([OTHER_FORMS[form], *differences, f"{whole[0]['weight']:.2f}", counts])
    head = ["other form", "all groups", "k at most 0.7 in both", "milestones", "capacity"]
    named = zip(ends, ("the published form", "published and other"), strict=True)
    blocks["forms"] = table([*head, *(end.format(own) for end, own in named)], rows)
    return blocks


def _difference(other: Any, published: Any) -> str:
    """Expected log predictive density of a form less that of the published one, with its standard error."""
    return f"{other['elpd'] - published['elpd']:+.1f} ± {max(other['dse'], published['dse']):.1f}"


def run_block(folder: Path) -> Blocks:
    """Where a stored run's time went."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = [[name, f"{seconds:.1f}"] for name, seconds in manifest["seconds"].items()]
    total = sum(manifest["seconds"].values())
    memory = f"Peak memory {manifest['peak_memory_mb']:.0f} MB."
    return {"time": table(["step", "seconds"], [*rows, ["all", f"{total:.1f}"]]) + f"\n\n{memory}"}


def main() -> None:
    """Compute what can be computed from the inputs given, and rewrite the documents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--prior", action="store_true", help="redo the prior predictive tables")
    for name in ("fit", "run", "recovery", "seeds", "investment", "forms"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    evidence = load_evidence(as_of=given.as_of)
    blocks: Blocks = {"priors": priors_table(bundled_data() / "priors.toml")}
    if given.prior:
        blocks |= prior_predictive(evidence, load_priors())
    if given.fit:
        fit = load_fit(given.fit)
        fitted = load_evidence(as_of=fit.meta["as_of"])
        blocks |= posterior_blocks(fit, fitted)
        draw_answer(fit, fitted)
    sources: list[tuple[Path | None, Callable[[Path], Blocks]]] = [
        (given.recovery, recovery_block),
        (given.seeds, seeds_block),
        (given.investment, investment_block),
        (given.forms, forms_block),
        (given.run, run_block),
    ]
    for file, made in sources:
        if file:
            blocks |= made(file)
    for path in (DOCS / "docs" / "model.md", DOCS / "README.md"):
        path.write_text(fill(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")


if __name__ == "__main__":
    main()
