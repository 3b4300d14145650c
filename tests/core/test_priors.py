"""Priors are data: complete, sourced, used, and refused with a readable message where they are not."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.industry import BLOCS, GENERATIONS, ORIGINS, VENDORS
from hbm_model.core.priors import Prior, Priors, load_priors
from hbm_model.evidence import load_evidence
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit
from hbm_model.model import likelihood
from hbm_model.model.coding import DEFINITIONS
from hbm_model.model.in_pymc import build_model
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.levers import load_levers
from hbm_model.policy.policy import policy_of

GOOD = """
[cadence_mean]
dist = "lognormal"
median = 1.8
sd = 0.25
unit = "years"
reason = "pace"
source = "a page"
"""


class Watched(Mapping[str, Prior]):
    """A table of priors that remembers which were asked for."""

    def __init__(self, table: Mapping[str, Prior]) -> None:
        self.table, self.asked = table, set[str]()

    def __getitem__(self, name: str) -> Prior:
        self.asked.add(name)
        return self.table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


# --- the file ---------------------------------------------------------------------------------------------------


def test_every_prior_has_a_unit_a_reason_and_a_source(priors: Priors) -> None:
    assert len(priors.table) > 50
    for name, prior in priors.table.items():
        assert prior.name == name
        for text in (prior.unit, prior.reason, prior.source):
            assert isinstance(text, str)
            assert text.strip(), name
        assert "\n" not in prior.reason, f"{name}: the reason is one line"
        assert prior.reason.rstrip().endswith("."), f"{name}: the reason is a sentence"


def test_indexed_priors_cover_the_labels_of_the_model(priors: Priors, layout: Layout) -> None:
    labels = {
        "vendor": VENDORS,
        "bloc": BLOCS,
        "origin": ORIGINS,
        "generation": GENERATIONS,
        "definition": DEFINITIONS,
        "capacity_kind": likelihood.CAPACITY_KINDS,
    }
    for name, prior in priors.table.items():
        for parameter, given in prior.parameters.items():
            if prior.index is None:
                assert isinstance(given, int | float), name
            else:
                missing = set(labels[prior.index]) - set(given)
                assert not missing, f"{name}.{parameter} lacks {missing}"
                assert np.isfinite(prior.values(parameter, list(labels[prior.index]))).all()


def test_no_prior_is_a_dead_letter(made_up_fit: Fit, vintage: Any, priors: Priors) -> None:
    watched = Watched(priors.table)
    traced = Priors(watched)
    for form in ("time", "volume"):
        build_model(*observe(vintage, traced, policy_of(vintage), form), traced)
    forecast(replace(made_up_fit, priors=traced), horizon="2032Q4")
    policy = frozenset().union(*(lever.priors for lever in load_levers(priors=priors).values()))
    assert set(priors.table) == watched.asked | policy


def test_random_variables_are_those_that_are_no_constants(model: Any, priors: Priors) -> None:
    declared = {rv.name for rv in model.free_RVs}
    constants = {name for name, prior in priors.table.items() if prior.dist == "constant"}
    assert not declared & constants


# --- reading ----------------------------------------------------------------------------------------------------


def read(folder: Path, text: str) -> Priors:
    file = folder / "priors.toml"
    file.write_text(text, encoding="utf-8")
    return load_priors(file)


def test_a_file_is_read(tmp_path: Path) -> None:
    prior = read(tmp_path, GOOD)["cadence_mean"]
    assert (prior.dist, prior.values("median"), prior.values("sd"), prior.index) == ("lognormal", 1.8, 0.25, None)


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        ('reason = "pace"', "", "prior cadence_mean: missing reason"),
        ('source = "a page"', 'source = ""', "prior cadence_mean: missing source"),
        ('unit = "years"', "", "prior cadence_mean: missing unit"),
        ('dist = "lognormal"', "", "prior cadence_mean: missing dist"),
        ('dist = "lognormal"', 'dist = "gamma"', "unknown dist 'gamma'; use one of normal, lognormal, constant"),
        ("sd = 0.25", "", "a lognormal prior needs sd"),
        ("sd = 0.25", "sd = 0", "sd = 0 must be positive"),
        ("median = 1.8", "median = -1.8", "median = -1.8 must be positive"),
        ("median = 1.8", 'median = "1.8"', "median = '1.8' is no number"),
        ("median = 1.8", "median = true", "median = True is no number"),
        ("median = 1.8", "median = ", "is no TOML file"),
        (
            "median = 1.8",
            "median = nan",
            "is no number",
        ),
        (
            "[cadence_mean]",
            "cadence_mean = 1.8\n[other]",
            "cadence_mean",
        ),
    ],
)
def test_a_broken_file_is_told_by_name(tmp_path: Path, found: str, put: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace(found, put))
    assert message in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        load_priors(tmp_path / "none.toml")


def test_a_folder_has_the_priors_of_the_industry_and_those_of_policy(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    assert set(load_priors(tmp_path).table) == {"cadence_mean"}
    policy = GOOD.replace("cadence_mean", "onset") + 'claims = ["eff001", "eff002"]\njudgement = true\n'
    (tmp_path / "policy_priors.toml").write_text(policy, encoding="utf-8")
    both = load_priors(tmp_path)
    assert list(both.table) == ["cadence_mean", "onset"]
    assert (both["onset"].claims, both["onset"].judgement) == (("eff001", "eff002"), True)
    assert (both["cadence_mean"].claims, both["cadence_mean"].judgement) == ((), False)
    assert set(load_priors(tmp_path / "priors.toml").table) == {"cadence_mean"}  # one file alone
    assert both.digest != load_priors(tmp_path / "priors.toml").digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD, "policy_priors.toml: prior cadence_mean stands already in priors.toml; remove one, or rename it"),
        (GOOD.replace("cadence_mean", "onset") + 'claims = "eff001"', "prior onset: claims is no list of ids"),
        (GOOD.replace("cadence_mean", "onset") + "claims = [1]", "prior onset: claims is no list of ids"),
        (GOOD.replace("cadence_mean", "onset") + 'judgement = "yes"', "prior onset: judgement is 'yes'; write true or"),
        ("onset", "policy_priors.toml: is no TOML file"),
    ],
)
def test_a_broken_policy_file_is_told_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "policy_priors.toml").write_text(text, encoding="utf-8")
    (tmp_path / "priors.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_priors(tmp_path)
    assert message in str(caught.value)


def test_a_prior_from_a_saved_fit_is_the_same(priors: Priors) -> None:
    stored = json.loads(json.dumps({name: asdict(prior) for name, prior in priors.table.items()}))
    assert {name: Prior(**prior) for name, prior in stored.items()} == priors.table
    old = {key: value for key, value in stored["cadence_mean"].items() if key not in ("claims", "judgement")}
    assert Prior(**old) == priors["cadence_mean"]  # saved before there was policy


def test_a_prior_says_from_when_on_the_claims_behind_it_were_known(priors: Priors) -> None:
    tables = [table for table in load_evidence().tables.values() if {"id", "published"} <= set(table)]
    published = {
        claim: str(day)[:10] for table in tables for claim, day in zip(table["id"], table["published"], strict=True)
    }
    assert any(prior.claims for prior in priors.table.values())
    for name, prior in priors.table.items():
        for claim in prior.claims:
            assert published[claim] <= (prior.known_after or ""), f"{name} rests on {claim}"


# --- use --------------------------------------------------------------------------------------------------------


def test_an_indexed_prior_gives_its_values_in_the_order_asked_for(priors: Priors) -> None:
    delay = priors["reporting_delay"]
    china, korea = delay.values("median", ["china", "korea"])
    assert (china, korea) == (delay.parameters["median"]["china"], delay.parameters["median"]["korea"])
    with pytest.raises(KeyError, match="labels are needed"):
        delay.values("median")


def test_an_override_changes_one_parameter_in_a_copy(priors: Priors) -> None:
    changed = priors.override({"cadence_mean": {"median": 2.2}})
    assert changed["cadence_mean"].values("median") == 2.2
    assert changed["cadence_mean"].values("sd") == priors["cadence_mean"].values("sd")
    assert priors["cadence_mean"].values("median") != 2.2
    assert {n: p for n, p in changed.table.items() if n != "cadence_mean"} == {
        n: p for n, p in priors.table.items() if n != "cadence_mean"
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cadense": {"median": 2.0}}, r"unknown prior 'cadense'; the priors are .*cadence_mean"),
        ({"cadence_mean": {"mean": 2.0}}, "cadence_mean: lognormal has no parameter 'mean'"),
        ({"cadence_mean": {"median": "2"}}, "cadence_mean: median = '2' is no number"),
        ({"cadence_mean": {"median": 0}}, "cadence_mean: median = 0 must be positive"),
        ({"cadence_mean": {"sd": -1.0}}, "cadence_mean: sd = -1.0 must be positive"),
        ({"cadence_mean": {"sd": True}}, "cadence_mean: sd = True is no number"),
        (
            {"cadence_mean": {"median": math.nan}},
            "is no number",
        ),
        (
            {"reporting_delay": {"median": 0.5}},
            "reporting_delay",
        ),
        (
            {"reporting_delay": {"median": {"north_korea": 0.5}}},
            "north_korea",
        ),
    ],
)
def test_an_impossible_override_is_refused(priors: Priors, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        priors.override(changes)


def test_one_label_of_an_indexed_prior_can_be_overridden(priors: Priors) -> None:
    changed = priors.override({"reporting_delay": {"median": {"china": 0.5}}})
    assert changed["reporting_delay"].values("median", ["china"])[0] == 0.5
    assert changed["reporting_delay"].values("median", ["korea"]) == priors["reporting_delay"].values(
        "median", ["korea"]
    )


def test_the_digest_holds_what_changes_a_fit_and_nothing_else(priors: Priors) -> None:
    words = Priors({n: replace(p, reason="because", source="somebody", unit="other") for n, p in priors.table.items()})
    assert words.digest == priors.digest
    assert Priors(dict(reversed(priors.table.items()))).digest == priors.digest
    for change in ({"cadence_mean": {"median": 1.81}}, {"cadence_mean": {"sd": 0.26}}):
        assert priors.override(change).digest != priors.digest


def test_locations_and_scales_are_on_the_scale_on_which_a_prior_is_normal(priors: Priors) -> None:
    assert priors.constant("cadence_generation_sd") == priors["cadence_generation_sd"].parameters["value"]
    assert priors.location("cadence_mean") == np.log(priors["cadence_mean"].parameters["median"])
    assert priors.scale("cadence_mean") == priors["cadence_mean"].parameters["sd"]


def test_numbers_that_were_read_stand_in_for_the_priors_own(priors: Priors) -> None:
    recording = priors.recording()
    read = recording.location("cadence_mean"), recording.constant("bandwidth_density", GENERATIONS)
    assert set(recording.numbers) == {"cadence_mean.median", "bandwidth_density.value"}
    elsewhere = priors.override({"cadence_mean": {"median": 9.0}}).reading(recording.numbers)
    assert elsewhere.location("cadence_mean") == read[0]
    assert_array_equal(elsewhere.constant("bandwidth_density", GENERATIONS), read[1])


def test_random_variables_have_the_stated_centres(
    prior_draws: Mapping[str, np.ndarray], priors: Priors, layout: Layout, observations: Observations
) -> None:
    for name in ("cadence_mean", "learning_time", "sample_lead", "break_even"):
        prior, drawn = priors[name], prior_draws[name]
        labels = BLOCS if prior.index == "bloc" else None
        log = prior.dist == "lognormal"
        centre = np.log(prior.values("median", labels)) if log else prior.values("mean", labels)
        shift = (np.log(drawn) if log else drawn).mean(axis=0) - centre
        # Five standard errors: derived from the number of draws, not tuned.
        assert (np.abs(shift) < 5 * prior.values("sd", labels) / np.sqrt(len(drawn))).all(), name
