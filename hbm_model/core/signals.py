"""Ctrl-C and SIGTERM end the work at once and in order, so that `finally` blocks clean up."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt on either signal; yield a function that raises it again if one came.

    Libraries swallow KeyboardInterrupt and hand back what they have, or make another error of it, and so does Python in
    a finaliser, which it would tell with a traceback. The work must not go on, so the caller asks after each step. A
    signal that we were started to ignore (Ctrl-C in a shell's background job) stays ignored.
    """
    came: list[int] = []
    tell = sys.unraisablehook

    def swallowed(unraisable: Any) -> None:
        if not (came and isinstance(unraisable.exc_value, KeyboardInterrupt)):
            tell(unraisable)

    def stop(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt(signal.Signals(number).name)

    def check() -> None:
        if came:
            raise KeyboardInterrupt(signal.Signals(came[0]).name)

    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield check
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        sys.unraisablehook = swallowed
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, stop)
        yield check
    finally:
        sys.unraisablehook = tell
        for number, handler in before.items():
            signal.signal(number, handler)
