"""Tables about the priors for docs/model.md, and how tables get into a document. Run report_model.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS, order
from hbm_model.core.priors import Prior, Priors, load_priors
from hbm_model.evaluation.calibration.synthetic import draw_truths
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import STAGES, used_rows
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import Fit
from hbm_model.model import ramp

Blocks = dict[str, str]

VOLUME_QUESTION = 2026 + 90 / 365
"""1 April 2026: CXMT's HBM3 had not reached volume by then, as several reports say."""


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """`text` with the content between each block's markers replaced; blocks that it does not hold are left out."""
    for name, content in blocks.items():
        pattern = rf"(<!-- {name}:start -->\n).*?(<!-- {name}:end -->)"
        text = re.sub(pattern, lambda found, c=content: f"{found[1]}\n{c.strip()}\n\n{found[2]}", text, flags=re.S)  # type: ignore[misc]
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def spread(draws: Any, digits: int = 1, scale: float = 1.0) -> str:
    """Median and 90 % interval."""
    low, mid, high = np.round(scale * np.quantile(np.asarray(draws), [0.05, 0.5, 0.95]), digits) + 0.0  # no -0
    return f"{mid:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


# --- priors -----------------------------------------------------------------------------------------------------


def priors_table(file: Path) -> str:
    """Every prior, under the headings of the priors file."""
    priors, parts, heading = load_priors(file), [], ""
    rows: dict[str, list[list[str]]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"# -+ (\w+)$", line):
            heading = found[1]
        elif found := re.match(r"\[(\w+)\]$", line):
            prior = priors[found[1]]
            unit = prior.unit + (f" (known after {prior.known_after})" if prior.known_after else "")
            name = f"`{prior.name}`" + (f" by {prior.index}" if prior.index else "")
            rows.setdefault(heading, []).append([name, _distribution(prior), unit, prior.reason, prior.source])
    for heading, lines in rows.items():
        parts.append(
            f"**{heading.capitalize()}**\n\n" + table(["prior", "distribution", "unit", "reason", "source"], lines)
        )
    return "\n\n".join(parts)


def _distribution(prior: Prior) -> str:
    sign = {"normal": "N", "lognormal": "LogN", "constant": "fixed"}[prior.dist]

    def one(*values: float) -> str:
        return f"{sign}({', '.join(f'{v:g}' for v in values)})" if prior.dist != "constant" else f"{values[0]:g}"

    given = list(prior.parameters.values())
    if prior.index is None:
        return one(*given) if prior.dist != "constant" else f"fixed {one(*given)}"
    return "<br>".join(f"{label}: {one(*(g[label] for g in given))}" for label in given[0])


# --- prior predictive -------------------------------------------------------------------------------------------


def prior_world(evidence: Evidence, priors: Priors, n: int, seed: int) -> tuple[Fit, xr.Dataset]:
    """The prior as a fit of `n` draws, and its world to 2030."""
    truths = draw_truths(evidence, priors, n, seed)
    parts = [truth.data["posterior"].to_dataset() for truth in truths]
    joined = xr.concat(parts, dim="draw").assign_coords(draw=np.arange(n))
    constant = truths[0].data["constant_data"].to_dataset()
    fit = replace(truths[0], data=xr.DataTree.from_dict({"posterior": joined, "constant_data": constant}))
    return fit, simulate(fit, "2030Q4")


HAPPENED_DATES = ("m0069", "m0080", "m0097", "m0093", "m0111", "m0018", "m0105", "m0125", "m0128")
HAPPENED_CAPACITY = ("CAP032", "CAP107", "CAP149", "CAP189", "CAP019", "CAP089", "CAP143")
HAPPENED_YIELDS = ("y064", "y065", "y002", "y001", "y028", "y104", "y075", "y116")


def prior_predictive(evidence: Evidence, priors: Priors, n: int = 1000, seed: int = 11) -> Blocks:
    """What the priors allow, beside what happened, and the nonsense that they leave out."""
    fit, world = prior_world(evidence, priors, n, seed)
    rows = [_happened(evidence, fit, world, row) for row in (*HAPPENED_DATES, *HAPPENED_CAPACITY, *HAPPENED_YIELDS)]
    theta = fit.theta()
    steps = np.exp(theta["log_cadence"])
    ramps = ramp.evaluate(fit.context(), np.asarray(world["volume"]))
    age = np.full((1, len(VENDORS), len(GENERATIONS), 1), 1.0)
    low, tall = (ramp.yields(ramps, age, [high] * len(GENERATIONS), np)["final"] for high in (8, 16))
    shares = world["wafers"] / world["dram_wafers"]
    early = np.asarray(world["volume"].sel(vendor="cxmt", generation="HBM3")) < VOLUME_QUESTION
    nonsense = [
        ("a yield outside 0 to 100 %", ((low <= 0) | (low >= 1)).mean()),
        ("16-high yields more than 8-high at the same age", (tall > low).mean()),
        ("negative DRAM or HBM capacity", float(((world["wafers"] < 0) | (world["dram_wafers"] < 0)).mean())),
        ("a generation follows the last within two weeks", (steps < 2 / 52).mean()),
        ("a generation follows the last within half a year", (steps < 0.5).mean()),
        ("a generation takes more than eight years", (steps > 8).mean()),
        ("more HBM wafers than DRAM wafers", float((shares > 1).mean())),
        ("a maker with over 5 million DRAM wafers a month by 2025", float((_at(world, "dram_wafers") > 5000).mean())),
        ("CXMT ships a fifth of the world's HBM bits in 2025", float((bit_share(world, "cxmt", 2025) > 0.2).mean())),
    ]
    return {
        "prior-question": f"Under the prior alone the same probability is {100 * early.mean():.0f} %.",
        "prior-happened": table(
            ["what happened", "claim", "reported", "prior 90 % interval", "its place in the prior"], rows
        ),
        "prior-nonsense": table(
            ["nonsense", "share of prior draws"], [(what, f"{100 * share:.2f} %") for what, share in nonsense]
        ),
    }


def _at(world: xr.Dataset, name: str, period: str = "2025Q4") -> xr.DataArray:
    return world[name].sel(period=period)


def bit_share(world: xr.Dataset, vendor: str, year: int) -> xr.DataArray:
    """A maker's share of the HBM bits that all makers ship in a year."""
    bits = world["bits"].sel(period=[f"{year}Q{i}" for i in range(1, 5)]).sum(["generation", "period"])
    return bits.sel(vendor=vendor) / bits.sum("vendor")


def find(evidence: Evidence, row: str) -> dict[str, Any]:
    """A claim by its id, with the table that it stands in."""
    for name in ("milestones", "yields", "capacity", "market"):
        rows = evidence.tables[name]
        found = rows[rows["id"] == row]
        if len(found):
            return {str(key): value for key, value in found.iloc[0].items()} | {"table": name}
    raise KeyError(row)


def _happened(evidence: Evidence, fit: Fit, world: xr.Dataset, row: str) -> list[str]:
    claim = find(evidence, row)
    vendor, generation = claim["vendor"], claim["generation"]
    if claim["table"] == "milestones":
        value = float(decimal_years(pd.Series([claim["date_end"]]))[0])
        draws = np.asarray(world["volume"].sel(vendor=vendor, generation=generation))
        what, said = f"{vendor} {generation} in volume", f"{value:.1f}"
    elif claim["table"] == "capacity":
        name = "dram_wafers" if claim["metric"] == "dram_wafers_per_month" else "wafers"
        value = (claim["low"] + claim["high"]) / 2000
        draws = np.asarray(_at(world, name).sel(vendor=vendor))
        what, said = f"{vendor} {'DRAM' if name == 'dram_wafers' else 'HBM'} wafers, 2025", f"{value:.0f} thousand"
    else:
        draws, age = _yield_at(fit, evidence, claim)
        value = (claim["low"] + claim["high"]) / 2
        what, said = f"{vendor} {generation} {claim['metric'].replace('_', ' ')}, {age:.1f} years on", f"{value:.0f} %"
    place = f"{100 * (draws < value).mean():.1f} %"
    digits = 1 if claim["table"] == "milestones" else 0
    low, high = np.quantile(draws, [0.05, 0.95])
    return [what, f"{row} ({claim['publisher']})", said, f"{low:.{digits}f} to {high:.{digits}f}", place]


def _yield_at(fit: Fit, evidence: Evidence, claim: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """Prior yields, in percent, at the age that the claim's product had by the makers' own dates (0 if not begun)."""
    told = float(decimal_years(pd.Series([claim["period_end"]]))[0])
    start = documented(evidence).get((claim["vendor"], claim["generation"]))
    age = max(told - start[0], 0.0) if start else 0.0
    layers = claim["layers"] if np.isfinite(claim["layers"]) else BASE_LAYERS[claim["generation"]]
    ages = np.full((1, len(VENDORS), len(GENERATIONS), 1), age)
    ramps = ramp.evaluate(fit.context(), np.zeros(0))
    found = ramp.yields(ramps, ages, [layers] * len(GENERATIONS), np)[claim["metric"].split("_")[0]]
    return 100 * found[:, VENDORS.index(claim["vendor"]), order(claim["generation"]), 0], age


def documented(evidence: Evidence) -> dict[tuple[str, str], tuple[float, float, list[str]]]:
    """Earliest and latest end of the reported volume dates at base height, with their ids, by maker and generation.

    Reports that leave more than a year open tell of a start and no date.
    """
    rows = used_rows(evidence, "milestones", "event")
    base = rows["generation"].map(BASE_LAYERS).astype(float)
    rows = rows[(rows["stage"].map(STAGES) == "volume") & (rows["layers"].isna() | (rows["layers"] <= base))]
    rows = rows[(rows["date_end"] - rows["date_start"]).dt.days <= 366]
    ends = rows.assign(end=decimal_years(rows["date_end"])).groupby(["maker", "generation"])
    return {(str(m), str(g)): (d["end"].min(), d["end"].max(), list(d["id"])) for (m, g), d in ends}
