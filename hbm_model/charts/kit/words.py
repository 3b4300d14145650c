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
    name
        Language that has a catalogue, like ``en`` or ``ko``.

    Raises
    ------
    InputError
        For another language.
    """
    with CATALOGUE.language(name):
        yield


def say(key: str, /, **values: object) -> str:
    """Text of a key in the language of the ``with`` block.

    Parameters
    ----------
    key
        Dotted key of a fixed text, like ``fan.undefined``.
    **values
        What its placeholders stand for, by their names.
    """
    return CATALOGUE.words().say(key, **values)


def named(key: str, otherwise: str) -> str:
    """Text of a key that data makes, or what the data has where the catalogue has none.

    Parameters
    ----------
    key
        Dotted key, like ``makers.cxmt``.
    otherwise
        Text where the catalogue has none.
    """
    return CATALOGUE.words().named(key, otherwise)


def scenario_name(name: str) -> str:
    """Name of a scenario or lever as words, where its title is too long: ``hbm_sales`` is ``HBM sales``.

    Parameters
    ----------
    name
        Its exact name.
    """
    translated = named(f"{_NAMES}.{name}", "")
    if translated:
        return translated
    words = name.replace("_", " ")
    for plain, proper in _PROPER.items():
        words = sub(rf"\b{plain}\b", proper, words)
    return words[:1].upper() + words[1:]


def lever_words(name: str, title: str, unit: str) -> tuple[str, str]:
    """Title and unit of a lever: the catalogue's where it translates them, or the data's.

    Parameters
    ----------
    name
        Its exact name.
    title, unit
        As the data has them, in English.
    """
    return named(f"levers.{name}.title", title), named(f"levers.{name}.unit", unit)


def maker(name: str) -> str:
    """Name of a maker or a bloc.

    Parameters
    ----------
    name
        Its key, like ``sk_hynix`` or ``china``.
    """
    return named(f"makers.{name}", name)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` letters; a Hangul syllable takes nearly two.

    Parameters
    ----------
    text
        Any text; its white space becomes single spaces and line ends.
    width
        Most letters in a line.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and sum(_WIDE if east_asian_width(letter) in "WF" else 1.0 for letter in longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
