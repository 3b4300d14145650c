"""What a run's manifest says about where its numbers come from: versions, hashes, machine, memory."""

import hashlib
import json
import os
import platform
import resource
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

# What decides the draws, to the bit, together with the code and its inputs.
_PACKAGES = (
    "arviz",
    "blackjax",
    "h5netcdf",
    "jax",
    "jaxlib",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "xarray",
)


def versions() -> dict[str, str]:
    """Return the versions of Python, this package and the packages that decide the numbers."""
    found = {"python": platform.python_version(), "hbm-model": _version("hbm-model")}
    return found | {name: _version(name) for name in _PACKAGES}


def machine() -> dict[str, str | int]:
    """Return the kind of machine, without its name: XLA compiles for the processor it finds."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cpu": _cpu_model(),
        "cpus": os.cpu_count() or 1,
    }


def code_digest() -> str:
    """Return the SHA-256 of this package's source files, and of the whitening in which quick runs start."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.npz")]):
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of one file, or an empty string where there is none.

    Parameters
    ----------
    path
        The file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain values, the same on every machine.

    Parameters
    ----------
    value
        What JSON can hold, in any order of keys; anything else counts as its text.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def peak_memory_mb() -> float:
    """Return the most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
