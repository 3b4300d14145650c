"""All words of the charts, in English and Korean, from one catalogue: ``lettering/en.toml`` and ``lettering/ko.toml``.

>>> with charts.language("ko"):
...     charts.gap(forecast, "frontier_lag")
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from re import sub
from unicodedata import east_asian_width

from hbm_model.core.errors import InputError
from hbm_model.core.quantities import texts

FOLDER = Path(__file__).parents[1] / "lettering"
LANGUAGES = ("en", "ko")
_NAMES = "names"
"""The section of names that data brings with it (scenarios, levers); English has them from the data itself."""
_PROPER = {
    "match act": "MATCH Act", "ai": "AI", "hbm": "HBM", "dram": "DRAM", "us": "US", "duv": "DUV", "korea": "Korea",
    "china": "China",
}  # fmt: skip
_WIDE = 1.75
"""Widths of a letter that a Hangul syllable takes."""

_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def language(name: str) -> Iterator[None]:
    """Letter the charts drawn in a ``with`` block in another language.

    Parameters
    ----------
    name : ``en`` or ``ko``.

    Raises
    ------
    InputError
        For another language.
    """
    if name not in LANGUAGES:
        raise InputError(f"charts are not lettered in {name!r}; there are: {', '.join(LANGUAGES)}")
    token = _language.set(name)
    try:
        yield
    finally:
        _language.reset(token)


def say(key: str, /, **values: object) -> str:
    """The words of a key like ``fan.undefined``, with values put in."""
    words = catalogue(_language.get())[key]
    return words.format(**values) if values else words


def known(key: str, otherwise: str) -> str:
    """The words of a key that data makes, or others where the catalogue does not have it."""
    return catalogue(_language.get()).get(key, otherwise)


def scenario_name(name: str) -> str:
    """A scenario's or lever's name as words, for where its title is too long: ``hbm_sales`` is ``HBM sales``."""
    translated = known(f"{_NAMES}.{name}", "")
    if translated:
        return translated
    words = name.replace("_", " ")
    for plain, proper in _PROPER.items():
        words = sub(rf"\b{plain}\b", proper, words)
    return words[:1].upper() + words[1:]


def lever_words(name: str, title: str, unit: str) -> tuple[str, str]:
    """Title and unit of a lever: those of the data, or the catalogue's where it translates them."""
    return known(f"levers.{name}.title", title), known(f"levers.{name}.unit", unit)


def maker(name: str) -> str:
    """A maker or a bloc by name."""
    return known(f"makers.{name}", name)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` letters; a Hangul syllable takes nearly two."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and sum(_WIDE if east_asian_width(each) in "WF" else 1.0 for each in longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def catalogue(name: str) -> dict[str, str]:
    """All words of one language by key."""
    own = _flat("", tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
    return {**texts("charts", name), **dict(own)}


def _flat(before: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{before}{key}.", value)
        else:
            yield f"{before}{key}", str(value)
