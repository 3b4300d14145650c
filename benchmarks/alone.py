"""A task in a process of its own, stopped when its time is over: ``python -m benchmarks.alone TASK JSON FILE``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def alone(task: str, given: Mapping[str, Any], cache: Path | None = None, limit: float | None = None) -> dict[str, Any]:
    """What a function returns in a fresh process.

    Parameters
    ----------
    task
        ``module:function``, within this package.
    given
        Its arguments, which JSON can hold.
    cache
        Folder for all that the process compiles and keeps; None for an empty one that is thrown away.
    limit
        Seconds after which it is killed; then what it returned is ``{"outcome": "killed"}``.
    """
    with tempfile.TemporaryDirectory() as empty:
        folder = Path(empty)
        command = [sys.executable, "-m", "benchmarks.alone", task, json.dumps(given), str(folder / "found.json")]
        child = subprocess.Popen(
            command, cwd=ROOT, env=_environment(cache or folder), stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            code = child.wait(limit)
        except subprocess.TimeoutExpired:
            return {"outcome": "killed"}
        finally:
            _end(child)
        if code:
            raise RuntimeError(f"{task} ended with code {code}")
        found: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
        return found


def _environment(cache: Path) -> dict[str, str]:
    """The environment of this process, but that what is compiled by JAX, PyTensor and Numba is kept in one folder."""
    own = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    flags = ",".join(filter(None, [own.get("PYTENSOR_FLAGS"), f"base_compiledir={cache / 'pytensor'}"]))
    return own | {"XDG_CACHE_HOME": str(cache), "NUMBA_CACHE_DIR": str(cache / "numba"), "PYTENSOR_FLAGS": flags}


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def main() -> None:
    """Call the function, and leave what it returns in a file."""
    task, given, file = sys.argv[1:]
    module, _, name = task.partition(":")
    found = getattr(import_module(f"benchmarks.{module}"), name)(**json.loads(given))
    Path(file).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
