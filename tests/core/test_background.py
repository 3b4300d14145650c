"""Work in the background: its result comes, whoever waits can be interrupted, and the program's end waits for none."""

import signal
import subprocess
import sys
import time

import pytest

from hbm_model.core.background import in_background

AT_WORK = """
import sys, time
from hbm_model.core.background import in_background, leave
task = in_background(lambda: time.sleep({seconds}))
print("at work", flush=True)
"""


def test_results_and_errors_come_from_the_background() -> None:
    assert in_background(lambda: 6 * 7).result() == 42
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 // 0).result()


def end(then: str, seconds: float = 30, number: signal.Signals | None = None) -> tuple[int, float, str]:
    """Exit code of a program with work in the background, how long its end took, and what it said on stderr."""
    program = subprocess.Popen(
        [sys.executable, "-c", AT_WORK.format(seconds=seconds) + then],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "at work\n"
    start = time.monotonic()
    if number is not None:
        time.sleep(0.2)
        program.send_signal(number)
    _, err = program.communicate(timeout=60)
    return program.returncode, time.monotonic() - start, err


def test_leaving_does_not_wait_and_has_its_exit_code() -> None:
    code, seconds, err = end("print('why', file=sys.stderr); leave(3)")
    assert (code, err) == (3, "why\n")
    assert seconds < 2


def test_a_script_that_is_interrupted_dies_of_it_at_once() -> None:
    code, seconds, err = end("task.result()", number=signal.SIGINT)
    assert code == -signal.SIGINT
    assert seconds < 2
    assert err.endswith("KeyboardInterrupt\n")


def test_any_other_end_waits() -> None:
    code, seconds, err = end("sys.exit(4)", seconds=1)
    assert (code, err) == (4, "")
    assert seconds > 0.8
