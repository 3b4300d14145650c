"""Which priors and which parts of the evidence drive each headline gap: a table of cells, darker where they do more."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import named, say
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

COLUMNS = ["kind", "component", "quantity", "generation", "period", "sensitivity", "noise", "pareto_k"]
MOST = 16
"""Priors that are drawn, pooled ones among them; parts of the evidence are drawn all."""
THRESHOLD = 0.05
"""From here on a component is said to move a gap, and its number is set in bold."""
_GAPS = ("frontier_lag_at_least", "generation_lag", "capacity_ratio", "output_ratio")
"""The gaps in the order of their columns."""
_DARKEST = 0.25
_GAP = 0.9
"""Lines left free above the parts of the evidence."""


def sensitivity_table(sensitivities: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """What :func:`sensitivity` draws, tidy: the strongest priors, then all parts of the evidence, gap by gap.

    A component is as strong as its largest sensitivity to any gap that rises above the noise; one that rises above it
    for no gap is left out.

    Parameters
    ----------
    sensitivities
        From :func:`hbm_model.analysis.power_scaling.sensitivity`.
    most
        Most priors to draw, the strongest; parts of the evidence are not counted.

    Raises
    ------
    InputError
        If columns are missing.
    """
    missing = [name for name in COLUMNS if name not in sensitivities]
    if missing:
        raise InputError(f"the sensitivities lack the columns {', '.join(missing)}")
    clear = sensitivities[sensitivities["sensitivity"] > sensitivities["noise"]]
    strength = clear.groupby(["kind", "component"])["sensitivity"].max().sort_values(ascending=False, kind="stable")
    priors = [key for key in strength.index if key[0] != "claims"][:most]
    drawn = [*priors, *(key for key in strength.index if key[0] == "claims")]
    line_of = {key: line for line, key in enumerate(drawn)}
    line = [line_of.get(key, -1) for key in zip(sensitivities["kind"], sensitivities["component"], strict=True)]
    rows = sensitivities[COLUMNS].assign(line=line)
    rows = rows.assign(gap=rows["quantity"].map(_GAPS.index))[rows["line"] >= 0]
    return rows.sort_values(["line", "gap", "period"], kind="stable")[COLUMNS].reset_index(drop=True)


@style.lettered
def sensitivity(sensitivities: pd.DataFrame, most: int = MOST, ax: Axes | None = None) -> Axes:
    """Draw how far each headline gap (column) moves with the strength of each prior and part of the evidence (row).

    Cells within the noise of the draws stay empty; numbers from the threshold on are bold. Pooled priors, those of
    departures from a common level, have a star.

    Parameters
    ----------
    sensitivities
        From :func:`hbm_model.analysis.power_scaling.sensitivity`.
    most
        Most priors to draw, the strongest; parts of the evidence are not counted.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).
    """
    table = sensitivity_table(sensitivities, most)
    gaps = list(dict.fromkeys(zip(table["quantity"], table["generation"], table["period"], strict=True)))
    lines = list(dict.fromkeys(zip(table["kind"], table["component"], strict=True)))
    height = {key: i + (_GAP if key[0] == "claims" else 0.0) for i, key in enumerate(lines)}
    ax = style.single(ax, height=3.2 + 0.36 * (len(lines) + 1))
    style.dress(ax)
    style.titled(ax, say("sensitivity.title"), "")
    shades = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", style.COLOURS["korea"]])
    for row in records(table):
        x, y = gaps.index((row["quantity"], row["generation"], row["period"])), height[row["kind"], row["component"]]
        clear = row["sensitivity"] > row["noise"]
        depth = min(row["sensitivity"] / _DARKEST, 1.0) if clear else 0.0
        ax.fill_between([x - 0.47, x + 0.47], y - 0.45, y + 0.45, color=shades(depth), linewidth=0, zorder=2)
        if clear:
            ax.text(
                x, y, f"{row['sensitivity']:.2f}", ha="center", va="center", fontsize=style.SMALL, zorder=3,
                color="white" if depth > 0.5 else style.INK,
                fontweight="bold" if row["sensitivity"] >= THRESHOLD else "normal",
            )  # fmt: skip
    names = [_label(component) + (" *" if kind == "pooled" else "") for kind, component in lines]
    ax.set_yticks(list(height.values()), names, fontsize=style.SMALL)
    ax.set_xticks(range(len(gaps)), [_column(*gap) for gap in gaps], fontsize=style.SMALL)
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.yaxis.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel(say("sensitivity.label", threshold=THRESHOLD), fontsize=style.SMALL, color=style.INK)
    ax.xaxis.set_label_position("bottom")
    ax.set_xlim(-0.5, len(gaps) - 0.5)
    ax.set_ylim(max(height.values()) + 0.5, -0.5)
    claims = [y for (kind, _), y in height.items() if kind == "claims"]
    if claims:
        ax.annotate(
            say("sensitivity.claims"), (0.0, min(claims) - 0.68), xycoords=("axes fraction", "data"), xytext=(-3, 0),
            textcoords="offset points", ha="right", va="center", fontsize=style.SMALL, fontweight="bold",
            color=style.INK,
        )  # fmt: skip
    return ax


def sensitivity_words(table: pd.DataFrame) -> str:
    """Alt text: the components that each gap depends on most.

    Parameters
    ----------
    table
        From :func:`sensitivity_table`.
    """
    parts = []
    for (quantity, generation, period), rows in table.groupby(["quantity", "generation", "period"], sort=False):
        clear = rows[rows["sensitivity"] > rows["noise"]].sort_values("sensitivity", ascending=False).head(4)
        strongest = ", ".join(f"{_label(row['component'])} {row['sensitivity']:.2f}" for row in records(clear))
        gap = _column(str(quantity), str(generation), str(period)).replace("\n", " ")
        parts.append(f"{gap}: {strongest or say('sensitivity.nothing')}")
    return say("sensitivity.alt", rows="; ".join(parts))


def _label(component: str) -> str:
    """A table's name in words; a prior's is what it is called in ``data/priors.toml``, in every language."""
    return named(f"sensitivity.tables.{component}", component.replace("_", " "))


def _column(quantity: str, generation: str, period: str) -> str:
    name = say(f"sensitivity.gaps.{quantity}")
    return f"{name}\n{generation}" if generation else f"{name}\n{period}"
