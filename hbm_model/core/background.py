"""Work that cannot be interrupted, such as compiling: begun in the background, so that whoever waits for it can be.

An interpreter that ends while such work goes on may crash, so that its end is seen to here.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, wait
from multiprocessing import active_children
from threading import Thread
from typing import Any, NoReturn

_BEGUN: set[Future[Any]] = set()
"""What was begun and is not over."""


def in_background[Result](task: Callable[[], Result]) -> Future[Result]:
    """Begin a task in a thread of its own.

    Parameters
    ----------
    task
        A function without arguments. It runs on to its end, whether or not anybody still waits for its result.
    """
    found: Future[Result] = Future()

    def work() -> None:
        try:
            found.set_result(task())
        except BaseException as error:
            found.set_exception(error)

    _BEGUN.add(found)
    found.add_done_callback(_BEGUN.discard)
    Thread(target=work, daemon=True).start()
    return found


def leave(code: int) -> NoReturn:
    """End the program, at once where a task is still at work; processes that it started end with it.

    Parameters
    ----------
    code
        Exit code.
    """
    for process in active_children():
        process.terminate()
    if not _BEGUN:
        sys.exit(code)
    _flush()
    os._exit(code)


@atexit.register
def _at_exit() -> None:
    """Let a script that Ctrl-C has ended die of it as Python would, and any other end wait for the work."""
    if _BEGUN and isinstance(getattr(sys, "last_exc", None), KeyboardInterrupt) and not hasattr(sys, "ps1"):
        _flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    wait(list(_BEGUN))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
