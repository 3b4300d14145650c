"""Write the tables of docs/performance.md from what `make bench` has measured.

python docs/generate/performance.py

Subjects that were not measured keep the tables that they have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from results import ROOT, Interval, Source, table, write

MEASURED = ROOT / "benchmarks" / "results"
Tables = dict[str, pd.DataFrame]

EARLIER = [
    ["PyTensor, Numba", "213", "0.48 to 0.56", "how it was done until then"],
    ["PyTensor, Numba without optimising", "375", "11.3", "worse in both"],
    ["PyTensor, C", "439 (by the clock)", "5.4 to 6.0", "links no BLAS"],
    ["PyTensor, JAX, data as constants", "30.4", "0.55 to 0.58", "fails with data as arguments"],
    ["equations on arrays of JAX", "16 to 17.5", "0.33 to 0.55", "chosen"],
    ["the same, kept from before", "3.4", "0.33 to 0.55", "what most runs meet"],
    ["the same, XLA optimising less", "11.5", "1.1 to 1.4", "three times slower ever after"],
    ["own code in LLVM, 62 functions", "about 6 to 7 (partly estimated)", "0.195", "a compiler of one's own to keep"],
]
"""Way, CPU seconds to the first gradient, ms of a gradient, and what speaks for or against it: 30 November 2026."""


def main() -> None:
    """Write the tables of every subject that there is a measurement of."""
    head = ["way", "CPU s to the first gradient", "ms of a gradient", "remark"]
    by_hand = Source("docs/generate/performance.py", made="2026-11-30", backfilled=True)
    write({"compiling_ways": table(head, EARLIER)}, by_hand)
    machines = []
    for subject, tables in SUBJECTS.items():
        file = MEASURED / f"{subject}.json"
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            machines.append(machine(subject, found))
            source = Source(f"benchmarks/{subject}.py", version=found["versions"]["hbm-model"], made=found["made"])
            write({f"bench_{name}": made for name, made in tables(found).items()}, source)
    if machines:
        write({"bench_machine": table(MACHINE, machines)}, Source("docs/generate/performance.py"))


MACHINE = ["subject", "day", "commit", "repetitions", "cores", "processor", "load at the end", "remark"]


def machine(subject: str, found: Mapping[str, Any]) -> list[Any]:
    """On what a subject was measured."""
    own = found["machine"]
    load = f"{found['load']:.1f}"
    return [
        subject, found["made"], found["commit"][:8], found["repetitions"], own["cpus"], own["cpu"], load, found["note"],
    ]  # fmt: skip


def compiling(found: Mapping[str, Any]) -> Tables:
    """Time to the first gradient by each way."""
    first, ms = found["first_cpu"], found["ms"]
    rows = [[way, spread(each), ratio(each), spread(ms[way])] for way, each in first.items()]
    return {"compiling": table(["way", "CPU to the first gradient [s]", "ratio to the first", "gradient [ms]"], rows)}


def gradients(found: Mapping[str, Any]) -> Tables:
    """One gradient from where it is called."""
    ms, (least, most) = found["ms"], found["bound_ms"]
    step = next(reversed(ms.values()))["median"]
    rows = []
    for way, each in ms.items():
        own = each["median"]
        bound = Interval(f"{2 * own / (least + most):.1f}", f"{own / most:.1f}", f"{own / least:.1f}")
        rows.append([way, spread(each), f"{100 * own / step:.0f}", bound])
    head = ["way", "time [ms]", "share of a step of the sampler [%]", "times the bound"]
    bound_rows = [["least", f"{least:.2f}"], ["most", f"{most:.2f}"]]
    return {"gradients": table(head, rows), "bound": table(["bound", "time [ms]"], bound_rows)}


def samplers(found: Mapping[str, Any]) -> Tables:
    """Each sampler: what it took, how good its draws are, and what went into gradients."""
    times, work = [], []
    for name, runs in found["runs"].items():
        outcome = ", ".join(dict.fromkeys(run["outcome"] for run in runs))
        known = [run for run in runs if "gradients" in run]
        if not known:
            times.append([name, outcome, *[""] * 6])
            continue
        cpu, wall = found["cpu"][name], found["wall"][name]
        passed = f"{sum(run['passed'] for run in known)} of {len(runs)}"
        times.append([
            name, outcome, spread(cpu, 0), spread(wall, 0), ratio(cpu, 1), passed, of(known, "r_hat", 3),
            of(known, "ess_bulk", 0),
        ])  # fmt: skip
        for run in known:
            if "ess_bulk" in run:
                run["each"] = run["gradients"] / run["ess_bulk"]
            if run["gradient_ms"] is not None:
                run["share"] = run["gradients"] * run["gradient_ms"] / (10 * run["drawing_cpu"])
        work.append([
            name, of(known, "draws", 0), of(known, "divergences", 0), of(known, "gradients", 0), of(known, "each", 0),
            of(known, "drawing_cpu", 0), of(known, "share", 0),
        ])  # fmt: skip
    head = ["sampler", "outcome", "CPU [s]", "by the clock [s]", "ratio of CPU to the first", "passes the gate",
            "worst R-hat", "least bulk ESS"]  # fmt: skip
    more = ["sampler", "draws a chain", "divergences", "gradients", "gradients per effective draw",
            "CPU of drawing [s]", "share of drawing in gradients [%]"]  # fmt: skip
    return {"samplers": table(head, times), "samplers_work": table(more, work)}


def growth(found: Mapping[str, Any]) -> Tables:
    """Compiled functions and forecasts that grow."""
    rows = [
        [what, times, f"{figures['parameters'][times]['median']:.0f}", spread(each, 1), ratio(each),
         spread(figures["ms"][times]), ratio(figures["ms"][times])]
        for what, figures in found["compiled"].items()
        for times, each in figures["compile_cpu"].items()
    ]  # fmt: skip
    head = ["what grows", "times", "parameters", "CPU of compiling [s]", "times the first", "gradient [ms]",
            "times the first gradient"]  # fmt: skip
    forecast = [
        [what, number, spread(each, 1), ratio(each)]
        for what, cases in found["forecast"].items()
        for number, each in cases.items()
    ]
    return {
        "growth": table(head, rows),
        "growth_forecast": table(["what grows", "number", "CPU of the forecast [s]", "times the first"], forecast),
    }


def forecasts(found: Mapping[str, Any]) -> Tables:
    """All draws at once beside a loop over draws."""
    draws = found["draws"]
    rows = [
        [way, draws, spread(each), f"{1e3 * each['median'] / draws:.2f}", ratio(each, 1)]
        for way, each in found["cpu"].items()
    ]
    return {"forecasts": table(["way", "draws", "CPU [s]", "CPU of a draw [ms]", "ratio to the first"], rows)}


def side_by_side(found: Mapping[str, Any]) -> Tables:
    """A study in one process and in several."""
    rows = []
    for way, each in found["wall"].items():
        faster = {"each": each["each"], "median": 1 / each["ratio"]["median"]}
        faster |= {"low": 1 / each["ratio"]["high"], "high": 1 / each["ratio"]["low"]}
        share = f"{100 * faster['median'] / found['processes']:.0f}" if rows else ""
        rows.append([way, found["fits"], spread(each, 0), spread(found["cpu"][way], 0), spread(faster), share])
    head = ["way", "fits", "by the clock [s]", "CPU [s]", "times as fast", "efficiency [%]"]
    return {"side_by_side": table(head, rows)}


SUBJECTS: dict[str, Callable[[Mapping[str, Any]], Tables]] = {
    "gradients": gradients,
    "compiling": compiling,
    "growth": growth,
    "forecasts": forecasts,
    "side_by_side": side_by_side,
    "samplers": samplers,
}


def spread(known: Mapping[str, Any], digits: int = 2) -> Interval:
    """Median and range of the repetitions; one has no range."""
    median, low, high = (f"{known[name]:.{digits}f}" for name in ("median", "low", "high"))
    return Interval(median, low, high) if len(known["each"]) > 1 else Interval(median)


def ratio(known: Mapping[str, Any], digits: int = 2) -> Interval:
    """Ratio to the first case."""
    return spread({**known["ratio"], "each": known["each"]}, digits)


def of(runs: Sequence[Mapping[str, Any]], name: str, digits: int) -> Interval | str:
    """Median and range of a figure over the runs that have it."""
    values = [run[name] for run in runs if name in run]
    if not values:
        return ""
    return spread({"each": values, "median": np.median(values), "low": min(values), "high": max(values)}, digits)


if __name__ == "__main__":
    main()
