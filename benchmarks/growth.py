"""How costs grow with the model, its claims, its scenarios and its quarters.

Four times the makers cannot be fitted, because the list of makers stands in the code. Several independent copies of the
whole model in one function stand for them: more than four times the makers alone would cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.alone import alone
from benchmarks.forecasts import HORIZON, made_up_fit
from benchmarks.gradients import from_python
from benchmarks.problems import Vintage, problem, vintage
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn, measured
from hbm_model.core.arrays import Floats
from hbm_model.core.dates import quarter_end
from hbm_model.forecasting.forecast import forecast_from
from hbm_model.inference.density import Density, Vector
from hbm_model.inference.joint_density import uncompiled
from hbm_model.model.kinds import KINDS
from hbm_model.model.layout import FIRST_QUARTER
from hbm_model.model.observations import Observations, Stacked, observe_beside
from hbm_model.model.padding import of_rows
from hbm_model.policy.policy import policy_home
from hbm_model.policy.scenarios import BASELINE, load_scenarios

COPIES = QUARTERS = (1, 2, 4)
CLAIMS = SCENARIOS = (1, 10, 100)
"""How many times as many; of scenarios, how many beside the baseline."""


class _Copies:
    """Several vectors end to end."""

    def __init__(self, vector: Vector, times: int) -> None:
        self._vector = vector
        self.start: Floats = np.tile(vector.start, times)
        self.parameters = f"{times} of {vector.parameters}"
        self.named = vector.named

    def __len__(self) -> int:
        return len(self.start)


def copies(density: Density, times: int) -> Density:
    """Independent copies of a density in one function, each with data of its own, so that none can be saved.

    Parameters
    ----------
    density
        Of one.
    times
        How many.
    """

    def function(x: Any, data: Any) -> Any:
        parts = zip(x.reshape(times, density.n_dim), data, strict=True)
        return sum(density.function(part, own) for part, own in parts)

    return Density(function, (density.data,) * times, _Copies(density.vector, times), (times, density.form))


def more_claims(observations: Observations, times: int) -> Observations:
    """Every claim told several times over.

    Parameters
    ----------
    observations
        Of a vintage.
    times
        How many times.
    """
    rows = {kind: np.tile(np.arange(len(claims.ids)), times) for kind, claims in observations.claims.items()}
    first = np.cumsum([0, *(len(observations.claims[kind].ids) for kind in KINDS)])
    order = np.concatenate([start + rows[kind] for start, kind in zip(first, KINDS, strict=False)])
    one = observations.stacked
    stacked = Stacked(
        [one.ids[row] for row in order],
        [one.kinds[row] for row in order],
        *(values[order] for values in (one.low, one.high, one.truth, one.wrong)),
    )
    claims = {kind: of_rows(each, rows[kind]) for kind, each in observations.claims.items()}
    return replace(observations, claims=claims, stacked=stacked)


def more_quarters(known: Vintage, times: int) -> Density:
    """The density of the same claims on several times as many quarters of output.

    Parameters
    ----------
    known
        The vintage.
    times
        How many times.
    """
    years = known.layout.last_output_year + 1 - int(FIRST_QUARTER)
    more = years * (times - 1)
    ends = known.layout.last_year + more, known.layout.last_output_year + more
    layout = replace(known.layout, last_year=ends[0], last_output_year=ends[1])
    layout, observations = observe_beside(known.evidence, layout, known.priors, known.observations.policy)
    return uncompiled(layout, observations, known.priors)


def grown(what: str, of: str, times: int) -> Density:
    """The density with several times as much of something.

    Parameters
    ----------
    what
        ``model``, ``claims`` or ``quarters``.
    of
        The problem's name; the tiny one has neither claims nor quarters.
    times
        How many times.
    """
    if what == "model":
        return copies(problem(of).density, times)
    known = vintage()
    if what == "quarters":
        return more_quarters(known, times)
    return uncompiled(known.layout, more_claims(known.observations, times), known.priors)


def compile_grown(what: str, of: str, times: int, seconds: float) -> dict[str, float]:
    """What it takes to trace and compile a gradient that has grown, and to call it.

    Parameters
    ----------
    what, of, times
        As for :func:`grown`.
    seconds
        That the calls fill.
    """
    import jax

    from hbm_model.inference.runtime import double_precision

    with double_precision():
        np.asarray(jax.numpy.zeros(1) + 1)  # what JAX does only once is not the model's
    density = grown(what, of, times)
    _ = density.on_device
    cost = measured(lambda: {"program": density.gradient_program})
    return {
        "compile_cpu": cost.cpu,
        "ms": from_python(density, density.vector.start, seconds),
        "parameters": density.n_dim,
    }


def forecasts(draws: int) -> Callable[[int, int], None]:
    """Makes forecasts of some scenarios, to some times as many quarters.

    Parameters
    ----------
    draws
        Of each chain.
    """
    fitted = made_up_fit(draws)
    known = load_scenarios(policy_home(None))
    names = [name for name in known if name != BASELINE]
    more = {f"{name}_{k}": replace(known[name], name=f"{name}_{k}") for k in range(max(SCENARIOS)) for name in names}
    quarters = round(4 * (quarter_end(HORIZON) - FIRST_QUARTER))

    def make(scenarios: int, times: int) -> None:
        year, quarter = divmod(int(FIRST_QUARTER) * 4 + quarters * times - 1, 4)
        forecast_from(fitted, known | more, [BASELINE, *list(more)[:scenarios]], f"{year}Q{quarter + 1}")

    return make


def measure(size: Size) -> dict[str, Any]:
    """Every growth: compiled functions each in a process that finds nothing compiled, forecasts in this one.

    Parameters
    ----------
    size
        How much.
    """

    def said(what: str) -> Callable[[str], None]:
        return lambda words: size.said(f"{what} x {words}")

    def compiled(what: str, times: tuple[int, ...]) -> dict[str, Any]:
        given = {"what": what, "of": size.problem, "seconds": size.seconds}
        cases = {str(each): partial(alone, "growth:compile_grown", given | {"times": each}) for each in times}
        costs = in_turn(cases, size.repetitions, said(what))
        figures = {
            figure: {name: [cost.found[figure] for cost in each] for name, each in costs.items()}
            for figure in ("compile_cpu", "ms", "parameters")
        }
        return {figure: compared(values) for figure, values in figures.items()}

    def forecast(what: str, cases: dict[str, tuple[int, int]]) -> dict[str, Any]:
        costs = in_turn({name: partial(make, *given) for name, given in cases.items()}, size.repetitions, said(what))
        return compared({name: [cost.cpu for cost in each] for name, each in costs.items()})

    make = forecasts(2 if size.tiny else 100)
    of_claims = {} if size.tiny else {"claims": CLAIMS, "quarters": QUARTERS}
    return {
        "compiled": {what: compiled(what, times) for what, times in {"model": COPIES, **of_claims}.items()},
        "forecast": {
            "scenarios": forecast("scenarios", {str(n): (n, 1) for n in SCENARIOS[: 1 if size.tiny else None]}),
            "quarters": forecast("quarters", {str(n): (0, n) for n in QUARTERS}),
        },
    }
