"""Tables of the priors, from the priors file itself."""

from __future__ import annotations

import re
from pathlib import Path

from results import lines

from hbm_model.core.priors import Prior, load_priors


def priors_table(file: Path) -> str:
    """Every prior, under the headings of the priors file."""
    priors, heading = load_priors(file), ""
    rows: dict[str, list[list[str]]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"# -+ (\w+)$", line):
            heading = found[1]
        elif found := re.match(r"\[(\w+)\]$", line):
            prior = priors[found[1]]
            unit = prior.unit + (f" (known after {prior.known_after})" if prior.known_after else "")
            name = f"`{prior.name}`" + (f" by {prior.index}" if prior.index else "")
            rows.setdefault(heading, []).append([name, _distribution(prior), unit, prior.reason, prior.source])
    head = ["prior", "distribution", "unit", "reason", "source"]
    return "\n\n".join(f"### {part.capitalize()}\n\n{lines(head, body)}" for part, body in rows.items())


def _distribution(prior: Prior) -> str:
    sign = {"normal": "N", "lognormal": "LogN", "constant": "fixed"}[prior.dist]

    def one(*values: float) -> str:
        return f"{sign}({', '.join(f'{v:g}' for v in values)})" if prior.dist != "constant" else f"{values[0]:g}"

    given = list(prior.parameters.values())
    if prior.index is None:
        return one(*given) if prior.dist != "constant" else f"fixed {one(*given)}"
    return "<br>".join(f"{label}: {one(*(g[label] for g in given))}" for label in given[0])
