"""``python -m benchmarks [SUBJECT ...]``: measure, and write ``benchmarks/results/SUBJECT.json``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.alone import ROOT
from benchmarks.size import TINY, Size
from hbm_model.core.provenance import machine, versions

SUBJECTS = ("gradients", "compiling", "growth", "forecasts", "side_by_side", "samplers")
RESULTS = ROOT / "benchmarks" / "results"
_ALSO = ("pymc", "pytensor", "numba", "nutpie", "numpyro", "distributed")
"""Packages of other samplers and compilers, whose versions stand in the results too."""


def main(given: Sequence[str] | None = None) -> None:
    """Measure the subjects, one after another, and write each as soon as it is done.

    Parameters
    ----------
    given
        The command line, without the program's name.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--repetitions", type=int, default=Size.repetitions)
    parser.add_argument("--limit", type=float, default=Size.limit, help="seconds that each sampler has")
    parser.add_argument("--tiny", action="store_true", help="a toy instead of the model, to try the benchmarks")
    parser.add_argument("--note", default="", help="what to remember of the machine, such as what else it did")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(given)
    if unknown := set(chosen.subjects) - set(SUBJECTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    usual = TINY if chosen.tiny else replace(Size(), repetitions=chosen.repetitions, limit=chosen.limit)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for subject in chosen.subjects or SUBJECTS:
        size = replace(usual, said=partial(_say, subject))
        found = import_module(f"benchmarks.{subject}").measure(size)
        file = chosen.out / f"{subject}.json"
        file.write_text(json.dumps({**_origin(size, chosen.note), **found}, indent=1) + "\n", encoding="utf-8")


def _say(subject: str, words: str) -> None:
    print(f"{subject}: {words}", flush=True)


def _origin(size: Size, note: str) -> dict[str, Any]:
    """When, by which code, and on which machine."""
    return {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "note": note,
        "repetitions": size.repetitions,
        "load": os.getloadavg()[0],
        "machine": machine(),
        "versions": versions() | {name: found for name in _ALSO if (found := _version(name))},
    }


def _commit() -> str:
    """The commit that is checked out, or nothing outside a repository."""
    git = shutil.which("git")
    said = git and subprocess.run([git, "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip() if said else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
