"""A program is compiled once for each form, by whichever thread comes first, and its form decides nothing else."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hbm_model.inference import compile as compiling
from hbm_model.inference.compile import compiled, side_by_side
from hbm_model.inference.runtime import double_precision


def test_a_form_is_compiled_once_also_by_threads_that_ask_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_COMPILED", {})
    traced = []

    def function(x: Any) -> Any:
        traced.append(threading.get_ident())
        return 2.0 * x

    programs = side_by_side(*[lambda: compiled(function, (1.0,), "once")] * 4)
    assert len(traced) == 1
    assert all(program is programs[0] for program in programs)
    assert compiled(lambda x: 3.0 * x, (1.0,), "another") is not programs[0]


def test_programs_compute_in_double_precision_and_leave_others_alone() -> None:
    import jax.numpy as jnp

    program = compiled(lambda x: x + 1e-12, (1.0,), "precise")
    with double_precision():
        assert float(program(1.0)) > 1.0
    assert jnp.ones(1).dtype == np.float32, "what another user of the library computes stays as it was"


def test_an_error_in_one_task_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda: 1, lambda: 1 // 0)


KEPT = """
import sys
import jax
import numpy as np
if len(sys.argv) > 1:
    jax.config.update("jax_compilation_cache_dir", sys.argv[1])
from hbm_model.inference.compile import compiled
from hbm_model.inference.runtime import double_precision
with double_precision():
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # so small a function would not be kept
    at = np.linspace(0.0, 1.0, 40)
    print(float(compiled(lambda x: jax.numpy.sin(x) @ jax.numpy.cos(x), (at,), "kept")(at)))
"""


def in_process(cache: Path, *arguments: str) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", KEPT, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_what_is_compiled_is_kept_for_later_processes_which_compute_the_same(tmp_path: Path) -> None:
    first = in_process(tmp_path / "caches")
    kept = sorted(file.name for file in (tmp_path / "caches" / "hbm_model" / "compiled").iterdir())
    assert kept
    assert in_process(tmp_path / "caches") == first
    assert {file for file in kept if file.endswith("-cache")} == {
        file.name for file in (tmp_path / "caches" / "hbm_model" / "compiled").iterdir() if file.name.endswith("-cache")
    }


def test_a_folder_that_the_user_has_set_stays(tmp_path: Path) -> None:
    in_process(tmp_path / "caches", str(tmp_path / "own"))
    assert any((tmp_path / "own").iterdir())
    assert not (tmp_path / "caches").exists()


@pytest.mark.parametrize("damage", [b"", b"rubbish"], ids=["empty", "rubbish"])
def test_a_damaged_file_of_the_cache_is_compiled_anew(tmp_path: Path, damage: bytes) -> None:
    first = in_process(tmp_path)
    for file in (tmp_path / "hbm_model" / "compiled").glob("*-cache"):
        file.write_bytes(damage)
    assert in_process(tmp_path) == first
