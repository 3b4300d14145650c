"""Words of the industry: makers, their blocs, generations of HBM and their stacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

VENDORS = ["sk_hynix", "samsung", "micron", "cxmt", "ymtc"]


BLOC_OF = {"sk_hynix": "korea", "samsung": "korea", "micron": "us", "cxmt": "china", "ymtc": "china"}


BLOCS = ["korea", "us", "china"]


RIVALS = ("korea", "china")
"""The blocs between which the gaps are."""


MAKERS_OF = {bloc: [vendor for vendor in VENDORS if BLOC_OF[vendor] == bloc] for bloc in BLOCS}


MAIN_VENDORS = tuple(vendor for vendor in VENDORS if vendor != "ymtc")
"""Makers of whose HBM much is claimed; YMTC's is only announced."""


MAKER = {**{vendor: vendor for vendor in VENDORS}, "xmc": "ymtc"}
"""Vendor in the evidence to maker in the model: XMC is YMTC's foundry arm."""


GENERATIONS = ["HBM2", "HBM2E", "HBM3", "HBM3E", "HBM4", "HBM4E", "HBM5"]


NEAR_GENERATIONS = ("HBM3", "HBM3E", "HBM4")
"""Generations that Korea ships and China is at or near, of which yields are shown."""


ORIGINS = ["company", "insider", "analyst", "government", "other"]


BASE_LAYERS = {"HBM2": 4, "HBM2E": 8, "HBM3": 8, "HBM3E": 8, "HBM4": 12, "HBM4E": 12, "HBM5": 16}
"""Stack height of a generation's first volume product; HBM5 is a convention (no standard exists yet)."""


TALLER_LAYERS = {"HBM2": [8], "HBM2E": [], "HBM3": [12], "HBM3E": [12, 16], "HBM4": [16], "HBM4E": [16], "HBM5": []}


ENTRY = {"sk_hynix": "HBM2", "samsung": "HBM2", "micron": "HBM2", "cxmt": "HBM3", "ymtc": "HBM3"}
"""Where a maker's chain of generations starts. An entrant's HBM2 stands beside the chain, not before it: skipping
it in volume must not delay HBM3."""


GENERATIONS_OF_CHINA = tuple(GENERATIONS[GENERATIONS.index(ENTRY["cxmt"]) :])
"""Generations from China's entry on, which may have a lag."""


NOT_BUILT = [("micron", "HBM3"), ("cxmt", "HBM2E"), ("ymtc", "HBM2E")]
"""Skipped generations: Micron dropped HBM3 in 2022 (claim m0346); no claim has an entrant build HBM2E."""


def order(generation: str) -> int:
    """Place of a generation in the sequence.

    Parameters
    ----------
    generation
        One of ``GENERATIONS``.
    """
    return GENERATIONS.index(generation)


def vendor_index(entries: Sequence[str]) -> NDArray[np.intp]:
    """Vendor numbers of ``vendor:...`` entries: (entry,), places in ``VENDORS``.

    Parameters
    ----------
    entries
        Like ``cxmt:HBM3``; the vendor stands before the first colon.
    """
    return np.array([VENDORS.index(entry.split(":")[0]) for entry in entries], dtype=np.intp)


def bloc_index(entries: Sequence[str]) -> NDArray[np.intp]:
    """Bloc numbers of ``vendor:...`` entries: (entry,), places in ``BLOCS``.

    Parameters
    ----------
    entries
        Like ``cxmt:HBM3``; the vendor stands before the first colon.
    """
    return np.array([BLOCS.index(BLOC_OF[entry.split(":")[0]]) for entry in entries], dtype=np.intp)
