"""The compiled density: a gradient that is wrong is found before anything is drawn with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import HbmError
from hbm_model.inference import compile as compiling
from hbm_model.inference import density
from hbm_model.inference.density import Density, check_gradient
from hbm_model.inference.whitening import load_whitening

N = 12


class Line:
    """A vector of one variable."""

    start = np.linspace(-1.0, 1.0, N)

    def __len__(self) -> int:
        return N


def fake(gradient: Any, logp: Any = None) -> Density:
    """The density of a standard normal with a gradient of one's own, compiled by nobody."""
    return Density(lambda x: ((logp or (lambda x: -0.5 * x @ x))(x), gradient(x)), {}, Line())  # type: ignore[arg-type]


def test_a_right_gradient_passes() -> None:
    check_gradient(fake(lambda x: -x))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda x: x, id="sign"),
        pytest.param(lambda x: -1.1 * x, id="factor"),
        pytest.param(lambda x: np.where(np.arange(N) == 3, 0.0, -x), id="one part missing"),
        pytest.param(lambda x: np.zeros(N), id="flat"),
        pytest.param(lambda x: np.full(N, np.nan), id="undefined"),
    ],
)
def test_a_wrong_gradient_is_refused(wrong: Any) -> None:
    with pytest.raises(HbmError, match=r"the compiled gradient is wrong: \S+ where the density changes by \S+"):
        check_gradient(fake(wrong))


def test_a_density_that_is_undefined_at_the_start_is_refused() -> None:
    with pytest.raises(HbmError, match="the compiled gradient is wrong"):
        check_gradient(fake(lambda x: -x, lambda x: np.nan))


def test_the_check_is_part_of_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    import pymc as pm

    monkeypatch.setattr(density, "check_gradient", lambda _density: (_ for _ in ()).throw(HbmError("checked")))
    with pm.Model() as model:
        pm.Normal("x", 0, 1, shape=2)
    with pytest.raises(HbmError, match="checked"):
        density.compiled(model)


@pytest.fixture(scope="module")
def on_data() -> Density:
    """A normal mean given observations that are data of the graph, of any length."""
    import pymc as pm
    import pytensor

    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 1)
        seen, scale = (
            pytensor.shared(np.asarray(value), name=name, shape=(None,) * np.ndim(value))
            for name, value in (("seen", np.array([0.5, 1.5])), ("scale", 2.0))
        )
        pm.Potential("seen_logp", -(((seen - mean) / scale) ** 2).sum())
    return density.compiled(model)


def test_other_data_give_another_density_without_compiling(on_data: Density) -> None:
    """The prior's part stays; the data may be of another length, and the first model keeps its own."""
    at, prior = np.array([0.25]), -0.5 * 0.25**2 - 0.5 * np.log(2 * np.pi)
    other = on_data.given({"seen": [1.0, 2.0, 3.0], "scale": 4.0, "unread": "what the density does not read"})
    assert_allclose(other.logp_and_gradient(at)[0], prior - (0.75**2 + 1.75**2 + 2.75**2) / 16, rtol=1e-12)
    assert_allclose(on_data.logp_and_gradient(at)[0], prior - (0.25**2 + 1.25**2) / 4, rtol=1e-12)


def test_read_only_data_compile_nothing(on_data: Density) -> None:
    seen = np.array([[1.0, 9.0], [2.0, 9.0], [3.0, 9.0]])[:, 0]
    seen.flags.writeable = False
    on_data.logp_and_gradient(np.zeros(1))
    before = len(on_data.call.signatures)
    on_data.given({"seen": seen, "scale": 4.0}).logp_and_gradient(np.zeros(1))
    assert len(on_data.call.signatures) == before == 1


# --- what is kept between processes -------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notes that holds nothing yet, and a process that has compiled nothing."""
    monkeypatch.setattr(compiling, "_COMPILED", {})
    monkeypatch.setattr(compiling, "_file", lambda form: tmp_path / "notes" / form)
    return tmp_path / "notes"


def small(seen: list[float]) -> Any:
    import pymc as pm
    import pytensor

    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 1, shape=2)
        pm.Potential("seen_logp", -((pytensor.shared(np.array(seen), name="seen", shape=(None,)) - mean[0]) ** 2).sum())
    return model


def test_a_later_process_finds_what_an_earlier_one_compiled(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It rewrites nothing, and has data of its own."""
    first = density.compiled(small([0.5, 1.5]), "small")
    assert [file.name for file in kept.iterdir()] == ["small"]
    compiling._COMPILED.clear()
    monkeypatch.setattr(compiling, "_function", lambda model: pytest.fail("rewritten again"))
    again, other = density.compiled(small([0.5, 1.5]), "small"), density.compiled(small([4.0]), "small")
    at = np.array([0.25, -1.0])
    assert again.logp_and_gradient(at)[0] == first.logp_and_gradient(at)[0]
    assert_array_equal(again.logp_and_gradient(at)[1], first.logp_and_gradient(at)[1])
    difference = (0.25**2 + 1.25**2) - 3.75**2
    assert_allclose(other.logp_and_gradient(at)[0] - first.logp_and_gradient(at)[0], difference, rtol=1e-12)


@pytest.mark.parametrize("damage", [b"", b"no JSON", None], ids=["empty", "rubbish", "cut short"])
def test_a_damaged_note_is_written_anew(kept: Path, damage: bytes | None) -> None:
    first = density.compiled(small([0.5]), "small")
    file = kept / "small"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    compiling._COMPILED.clear()
    again = density.compiled(small([0.5]), "small")
    at = np.array([0.25, -1.0])
    assert again.logp_and_gradient(at)[0] == first.logp_and_gradient(at)[0]
    assert len(file.read_bytes()) > len(whole) // 2


def test_models_of_no_stated_form_leave_nothing_and_old_notes_go(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    density.compiled(small([0.5]))
    assert not kept.exists()
    monkeypatch.setattr(compiling, "_KEPT_NOTES", 2)
    for form in ("a", "b", "c"):
        density.compiled(small([0.5]), form)
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("data", [{"seen": [1.0]}, {"seen": [[1.0]], "scale": 4.0}], ids=["missing", "dimensions"])
def test_data_of_another_form_are_refused(on_data: Density, data: Any) -> None:
    with pytest.raises(ValueError, match="the density needs data"):
        on_data.given(data)


def test_quick_runs_have_a_whitening_of_the_model_as_it_stands(uncompiled: Density) -> None:
    """If this fails, the parameters have changed: tools/whitening.py makes the whitening anew."""
    whitening = load_whitening(uncompiled.parameters)
    assert whitening is not None
    n = uncompiled.n_dim
    assert whitening.axes.shape == (n, n)
    assert np.isfinite(whitening.axes).all()


def test_named_gives_constrained_values(uncompiled: Density) -> None:
    """Positive parameters are sampled as logs."""
    n = uncompiled.n_dim
    split = uncompiled.named(np.zeros((1, 2, n)))
    assert float(split["cadence_mean"][0, 0]) == 1.0
    assert float(split["etch_deposition_tool_cost"][0, 0]) == 1.0
    assert_allclose(split["slip_roadmap"], 0.0)


def test_a_vintage_with_other_dates_has_other_coordinates(uncompiled: Density) -> None:
    known = dict(uncompiled.data)
    earlier = uncompiled.given(known | {"clock.newest": known["clock.newest"] - 1})
    assert earlier.parameters != uncompiled.parameters
    assert uncompiled.given(known).parameters == uncompiled.parameters
    n = uncompiled.n_dim
    at = np.random.default_rng(0).normal(size=(1, 2, n))
    now, then = (compiled.named(at)["log_cadence"] for compiled in (uncompiled, earlier))
    changed = (now != then).any(("chain", "draw"))
    assert changed.any()
    assert not changed.sel(transition="ymtc:HBM5")
    assert uncompiled.named(at).drop_vars("log_cadence").equals(earlier.named(at).drop_vars("log_cadence"))
