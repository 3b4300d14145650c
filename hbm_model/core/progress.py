"""What the work says of itself: stages that begin and end, and how far they are; `reporters` shows it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

NOTE, STARTED, ADVANCED, FINISHED = "note", "stage_started", "stage_advanced", "stage_finished"
"""Events: something said, a stage that begins, how far it is, and its end.

Facts of a stage are its name (`stage`); where it advances, what is `done` of the `total`; at its end, the `seconds`
that it took. Stages may stand within one another.
"""


class Report(Protocol):
    """What the work calls to say what it is doing; people read the words, machines the facts as well."""

    def __call__(self, words: str, /, *, event: str = NOTE, **facts: Any) -> None:
        """Say it."""


def silent(_words: str, /, *, event: str = NOTE, **_facts: Any) -> None:
    """Say nothing.

    Parameters
    ----------
    _words
        Words for people; passed over.
    event
        ``NOTE``, ``STARTED``, ``ADVANCED`` or ``FINISHED``; passed over.
    **_facts
        Facts for machines; passed over.
    """


@dataclass
class Took:
    """How long a stage took, once it is over."""

    seconds: float = 0.0


@contextmanager
def stage(report: Report, name: str, words: str) -> Iterator[Took]:
    """Say that a stage begins and, unless it fails, that it ended.

    Parameters
    ----------
    report
        Told of it.
    name
        For machines.
    words
        For people: what is done in it.
    """
    took = Took()
    report(words, event=STARTED, stage=name)
    start = time.perf_counter()
    yield took
    took.seconds = round(time.perf_counter() - start, 2)
    report(f"{name} took {took.seconds} s", event=FINISHED, stage=name, seconds=took.seconds)


def each_of[Item](items: Collection[Item], what: str, name: str, report: Report) -> Iterator[Item]:
    """Hand out items one by one, and say of each that its turn has come.

    Parameters
    ----------
    items
        Named by their text.
    what
        Word for one of them.
    name
        The stage that they are worked on in.
    report
        Told of each.
    """
    total = len(items)
    for done, item in enumerate(items):
        report(f"{what} {done + 1} of {total}: {item}", event=ADVANCED, stage=name, done=done, total=total)
        yield item
    if total:
        report(f"{what} {total} of {total}", event=ADVANCED, stage=name, done=total, total=total)
