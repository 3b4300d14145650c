"""All words of the charts: what the catalogues ``charts/locale/<language>.toml`` say, and names that data brings.

>>> with charts.language("ko"):
...     charts.gap(forecast, "frontier_lag")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from re import sub
from unicodedata import east_asian_width

from hbm_model.core.words import Catalogue

CATALOGUE = Catalogue("charts", "charts are not lettered in")
_NAMES = "names"
"""The section of names that data brings with it (scenarios, levers); English has them from the data itself."""
_PROPER = {
    "match act": "MATCH Act", "ai": "AI", "hbm": "HBM", "dram": "DRAM", "us": "US", "duv": "DUV", "korea": "Korea",
    "china": "China",
}  # fmt: skip
_WIDE = 1.75
"""Widths of a letter that a Hangul syllable takes."""


@contextmanager
def language(name: str) -> Iterator[None]:
    """Letter the charts drawn in a ``with`` block in another language.

    Parameters
    ----------
    name : str
        One that has a catalogue, like ``en`` or ``ko``.

    Raises
    ------
    InputError
        For another language.
    """
    with CATALOGUE.language(name):
        yield


def say(key: str, /, **values: object) -> str:
    """The words of a key like ``fan.undefined``, with values put in."""
    return CATALOGUE.words().say(key, **values)


def named(key: str, otherwise: str) -> str:
    """The words of a key that data makes, or others where the catalogue does not have it."""
    return CATALOGUE.words().named(key, otherwise)


def scenario_name(name: str) -> str:
    """A scenario's or lever's name as words, for where its title is too long: ``hbm_sales`` is ``HBM sales``."""
    translated = named(f"{_NAMES}.{name}", "")
    if translated:
        return translated
    words = name.replace("_", " ")
    for plain, proper in _PROPER.items():
        words = sub(rf"\b{plain}\b", proper, words)
    return words[:1].upper() + words[1:]


def lever_words(name: str, title: str, unit: str) -> tuple[str, str]:
    """Title and unit of a lever: those of the data, or the catalogue's where it translates them."""
    return named(f"levers.{name}.title", title), named(f"levers.{name}.unit", unit)


def maker(name: str) -> str:
    """A maker or a bloc by name."""
    return named(f"makers.{name}", name)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` letters; a Hangul syllable takes nearly two."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and sum(_WIDE if east_asian_width(letter) in "WF" else 1.0 for letter in longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
