"""Draw the model: docs/img/model.svg by part, docs/img/model_full.svg variable by variable. Needs graphviz.

python docs/generate/model_graph.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphviz
import numpy as np
import pymc as pm
from pymc.model_graph import ModelGraph
from results import ROOT, arguments

from hbm_model.core.industry import VENDORS
from hbm_model.core.priors import Priors, load_priors
from hbm_model.evidence import load_evidence
from hbm_model.model import capacity, clock, likelihood, output, ramp
from hbm_model.model.in_pymc import PymcParameters, build_model
from hbm_model.model.joint import model_coords
from hbm_model.model.layout import Layout
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_of

FOLDER = ROOT / "docs" / "img"
NOTHING_DATED = np.full(len(VENDORS), -1.0)
PARTS = {
    "clock": clock.declare,
    "ramp": ramp.declare,
    "capacity": capacity.declare,
    "output": output.declare,
    "claims layer": likelihood.declare,
}
TERMS = {
    "claims": "claims\nevents, guidance, disputed,\nyields, wafers, spending,\nbits, shares",
    "not_yet": "not_yet\nreports of delay,\ntargets still ahead",
    "silence": "silence\nnobody has reported it",
    "first_report": "first_report\nday of the first report",
}
FONT = {"fontname": "Helvetica", "fontsize": "10"}


def variables(declare: Callable[..., Any], layout: Layout, priors: Priors) -> dict[str, str]:
    """A part's free variables, each with its dims."""
    coords = model_coords(layout)
    with pm.Model(coords=coords) as alone:
        declare(PymcParameters(priors, layout, coords, NOTHING_DATED))
    return {rv.name: " x ".join(alone.named_vars_to_dims.get(rv.name, ())) for rv in alone.free_RVs}


def listing(title: str, names: dict[str, str]) -> str:
    """A part as an HTML-like label: its variables by their dims."""
    by_dims: dict[str, list[str]] = {}
    for name, dims in names.items():
        by_dims.setdefault(dims, []).append(name)
    rows = [f'<TR><TD BGCOLOR="#e8eef4" ALIGN="LEFT"><B>{title}</B></TD></TR>']
    for dims, group in sorted(by_dims.items()):
        lines = [", ".join(group[i : i + 2]) for i in range(0, len(group), 2)]
        head = f"<I>by {dims}</I>" if dims else "<I>one each</I>"
        rows.append(f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{head}<BR/>{"<BR/>".join(lines)}</TD></TR>')
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4">{"".join(rows)}</TABLE>>'


def main() -> None:
    """Write both drawings."""
    arguments(__doc__)
    priors = load_priors()
    evidence = load_evidence(as_of="2026-06-30")
    layout, observations = observe(evidence, priors, policy_of(evidence))
    model = build_model(layout, observations, priors)
    FOLDER.mkdir(exist_ok=True)
    full = pm.model_to_graphviz(model)
    full.graph_attr.update(rankdir="LR")
    full.render(outfile=FOLDER / "model_full.svg", cleanup=True)
    parents = ModelGraph(model).make_compute_graph()
    drawing = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "ranksep": "1.2"}, node_attr=FONT, edge_attr={"color": "#666666"}
    )
    for title, part in PARTS.items():
        names = variables(part, layout, priors)
        drawing.node(title, listing(title, names), shape="plain")
        for term in TERMS:
            if set(names) & set(parents[term]):
                drawing.edge(title, term)
    for term, words in TERMS.items():
        drawing.node(term, words, shape="octagon", style="filled", fillcolor="#f3efe4")
    drawing.render(outfile=FOLDER / "model.svg", cleanup=True)


if __name__ == "__main__":
    main()
