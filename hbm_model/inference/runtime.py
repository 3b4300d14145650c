"""What JAX is told before its first use: where compiled programs are kept, and to count in double precision."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

_KEPT_BYTES = 2**28
"""Size of the folder of compiled programs, from which on the ones that were used longest ago go."""


@cache
def _prepared() -> None:
    """Keep what is compiled on disk for later processes, unless the environment or the program says where already."""
    import jax

    set_option: Callable[[str, object], None] = jax.config.update
    if jax.config.jax_compilation_cache_dir is None:
        set_option("jax_compilation_cache_dir", str(compile_folder()))
        set_option("jax_compilation_cache_max_size", _KEPT_BYTES)
        set_option("jax_persistent_cache_min_compile_time_secs", 0.5)


def double_precision() -> AbstractContextManager[None]:
    """Within it, this thread's JAX computes in double precision; other users of JAX in the process are left alone."""
    import jax

    _prepared()
    context: AbstractContextManager[None] = jax.enable_x64(True)
    return context


def compile_folder() -> Path:
    """Folder of the user's caches where compiled programs are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(home) / "hbm_model" / "compiled"
