"""The split of variance: right on functions whose indices are known, and on scenarios what it must be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hbm_model.analysis.variance import COLUMNS, split, split_variance
from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.forecasting.simulate import future, paired
from hbm_model.inference.fit import Fit
from hbm_model.model.joint import SHOCKS

SETTING = "  - {lever: %s, level: %s, start: 2027-01-01, reason: A level for a test.}\n"


def of(table: pd.DataFrame, source: str, output: int = 0) -> pd.Series:
    return table[(table["source"] == source) & (table["output"] == output)].squeeze()


def ishigami(x: Floats) -> Floats:
    a, b, c = (2 * np.pi * x[:, i] - np.pi for i in range(3))
    return (np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))[:, None]


def test_the_ishigami_function_has_its_known_indices() -> None:
    sources = ["industry", "shocks", "policy: one"]
    got = split(ishigami, sources, 4096, seed=1)
    known = {"industry": (0.3139, 0.5576), "shocks": (0.4424, 0.4424), "policy: one": (0.0, 0.2437)}
    for source, (first, total) in known.items():
        row = of(got, source)
        assert abs(row["first"] - first) < max(row["first_conf"], 0.02)
        assert abs(row["total"] - total) < max(row["total_conf"], 0.02)
    assert of(got, "policy")[["first", "total"]].tolist() == of(got, "policy: one")[["first", "total"]].tolist()
    assert of(got, "industry")["sd"] == pytest.approx(np.sqrt(13.8446), rel=0.02)


def test_groups_of_an_additive_function_add_up() -> None:
    weights = np.array([3.0, 2.0, 1.0, 1.0, 1.0])
    sources = ["industry", "shocks", "policy: one", "policy: one", "policy: two"]
    got = split(lambda x: np.stack([x @ weights, x[:, 0]], axis=1), sources, 2048, seed=2)
    for source, share in {"industry": 9, "shocks": 4, "policy: one": 2, "policy: two": 1, "policy": 3}.items():
        for kind in ("first", "total"):
            assert of(got, source)[kind] == pytest.approx(share / 16, abs=0.03)
    alone = of(got, "industry", 1)
    assert (alone["first"], alone["total"]) == pytest.approx((1.0, 1.0), abs=0.03)
    assert of(got, "policy", 1)["total"] == 0.0


def test_what_does_not_vary_has_no_indices() -> None:
    got = split(lambda x: np.stack([np.ones(len(x)), x[:, 0]], axis=1), ["industry", "shocks"], 64, seed=3)
    assert got[got["output"] == 0][["first", "total"]].isna().all(axis=None)
    assert of(got, "policy", 1)["first"] == 0.0


def test_the_baseline_holds_nothing_of_policy(made_up_fit: Fit) -> None:
    got = split_variance(made_up_fit, n=128)
    assert list(got.columns) == COLUMNS
    assert set(got["quantity"]) == {"frontier_lag_at_least", "capacity_ratio", "output_ratio"}
    assert set(got["source"]) == {"industry", "shocks", "policy"}
    assert (got.loc[got["source"] == "policy", ["first", "first_conf", "total", "total_conf"]] == 0).all(axis=None)
    lag = got[got["quantity"] == "frontier_lag_at_least"].set_index(["source", "period"])
    assert lag.loc[("industry", "2032Q4"), "total"] > 0.5


def test_indices_are_shares_up_to_their_confidence(made_up_fit: Fit) -> None:
    got = split_variance(made_up_fit, ["match_act"], n=256)
    assert {"policy: immersion_access", "policy: tool_servicing"} <= set(got["source"])
    for kind in ("first", "total"):
        # The bootstrap is of the estimator's own noise; twice its width leaves room for fifty rows at once.
        width = 2 * got[f"{kind}_conf"] + 0.02
        assert ((got[kind] >= -width) & (got[kind] <= 1 + width)).all()
    levers = got[got["source"].str.startswith("policy: ")]
    assert (levers["total"] > 0).any()
    together = got[got["source"] == "policy"].set_index(["quantity", "period"])["total"]
    assert (together > 0).all()


def test_the_same_seed_gives_the_same_table(made_up_fit: Fit) -> None:
    one, two = (split_variance(made_up_fit, ["match_act"], ["capacity_ratio"], n=16) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_more_quantities_do_not_change_one(made_up_fit: Fit) -> None:
    alone = split_variance(made_up_fit, ["match_act"], ["bit_share"], ["2032Q4"], n=16)
    among = split_variance(made_up_fit, ["match_act"], ["frontier_lag", "bit_share"], ["2028Q4", "2032Q4"], n=16)
    same = among[(among["quantity"] == "bit_share") & (among["period"] == "2032Q4")]
    pd.testing.assert_frame_equal(alone, same.reset_index(drop=True))


def test_an_estimated_size_counts_with_the_industry_unless_a_scenario_overrides_it(
    made_up_fit: Fit, tmp_path: Path
) -> None:
    """All other effects of a lever are taken away, so that nothing but its estimated sizes is left of policy."""
    policy = made_up_fit.policy
    lever = policy.levers["etch_deposition_access"]
    only = replace(lever, effects=tuple(effect for effect in lever.effects if effect.informed))
    fit = replace(made_up_fit, policy=replace(policy, levers={**policy.levers, lever.name: only}))
    files = []
    for name, effects in {"plain": "{}", "overridden": "{etch_deposition_tool_cost: {median: 2.0, sd: 1.5}}"}.items():
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(
            f"name: {name}\ntitle: A test\nassumes: Nothing.\nsettings:\n"
            + SETTING % (lever.name, 1.0)
            + f"effects: {effects}\n"
        )
    got = split_variance(fit, ["plain", "overridden"], ["capacity_ratio"], ["2032Q4"], n=128, files=files)
    policy_rows = got[got["source"] == "policy"].set_index("scenario")
    assert policy_rows.loc["plain", "total"] == pytest.approx(0.0, abs=1e-6)
    assert policy_rows.loc["overridden", "total"] > 0.01


def test_draws_paired_with_their_own_chance_are_themselves(made_up_fit: Fit) -> None:
    ahead = future(made_up_fit, "2033Q4")
    draws = np.arange(0, ahead.draws, 7)
    met = paired(ahead, draws, draws)
    for name, values in ahead.theta.items():
        np.testing.assert_allclose(met.theta[name], values[draws], rtol=1e-12, atol=1e-12, err_msg=name)


def test_paired_draws_take_only_what_is_still_to_come(made_up_fit: Fit) -> None:
    ahead = future(made_up_fit, "2033Q4")
    draws, chances = np.array([3, 3, 5]), np.array([8, 9, 8])
    met, theta, layout = paired(ahead, draws, chances).theta, ahead.theta, ahead.layout
    changed = {*SHOCKS, "log_spending", "early_generation_offset"}
    for name in set(theta) - changed:
        np.testing.assert_array_equal(met[name], theta[name][draws])
    past = np.array(layout.spending_years) < made_up_fit.policy.as_of
    np.testing.assert_array_equal(met["log_spending"][..., past], theta["log_spending"][draws][..., past])
    drift = theta["spending_drift"]
    own, others = np.diff(met["log_spending"]), np.diff(theta["log_spending"])
    np.testing.assert_allclose(
        own[..., ~past[1:]] - drift[draws][:, None, None],
        others[chances][..., ~past[1:]] - drift[chances][:, None, None],
        atol=1e-12,
    )
    later = np.array(layout.growth_years) >= made_up_fit.policy.as_of
    np.testing.assert_array_equal(met["wafers_shock"][..., later], theta["wafers_shock"][chances][..., later])
    np.testing.assert_array_equal(met["wafers_shock"][..., ~later], theta["wafers_shock"][draws][..., ~later])


def test_wrong_questions_are_refused(made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match="n = 100 is no power of two"):
        split_variance(made_up_fit, n=100)
    with pytest.raises(InputError, match="no split of yield_gap; there are: frontier_lag"):
        split_variance(made_up_fit, quantities=["yield_gap"])
    with pytest.raises(InputError, match="none"):
        split_variance(made_up_fit, ["none"])
    with pytest.raises(InputError, match="no quarter"):
        split_variance(made_up_fit, periods=["soon"])
