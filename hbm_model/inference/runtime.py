"""Options of Numba and PyTensor, set in one place before either compiles anything."""

from __future__ import annotations

import os

_NUMBA = {"NUMBA_OPT": "2", "NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"}
"""Compiling takes a third less, and the functions of this model run no slower."""


def prepare() -> None:
    """Set the options; to be called before Numba is imported, which reads them then (nutpie imports it too).

    What the environment says already stands.
    """
    for name, value in _NUMBA.items():
        os.environ.setdefault(name, value)
    import pytensor

    pytensor.config.cxx = ""  # no C compiler, no shared compile folder
    pytensor.config.numba__fastmath = False  # else a cold and a warm cache give different chains for one seed
