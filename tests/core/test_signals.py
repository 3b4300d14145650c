"""Signals: what swallows an interrupt does not hide it, and Python does not tell of it with a traceback."""

import signal

import pytest

from hbm_model.core.signals import stoppable


class Swallowing:
    """Interrupted in its finaliser, out of which nothing is raised."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_an_interrupt_that_a_finaliser_swallows_is_raised_later(capsys: pytest.CaptureFixture[str]) -> None:
    with stoppable() as check_stopped:
        check_stopped()
        Swallowing()
        with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
            check_stopped()
    assert capsys.readouterr().err == ""


def test_handlers_are_as_they_were() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stoppable():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
