"""Where the packaged data stand."""

from __future__ import annotations

from pathlib import Path

from hbm_model.core.errors import InputError

_PACKAGE = Path(__file__).resolve().parents[1]


def bundled_data() -> Path:
    """Return the folder of the evidence that comes with the package: inside the wheel, or `data/` of a checkout."""
    for folder in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if folder.is_dir():
            return folder
    raise InputError(f"the installed package lacks its evidence ({_PACKAGE / '_data'}); install it again")
