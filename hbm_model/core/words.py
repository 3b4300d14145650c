"""Fixed texts in every language: one catalogue per room and language, ``<room>/locale/<language>.toml``.

A language is there as soon as its files are. What gaps are called in it stands in ``core/quantities.toml``, what kinds
of claims are called in ``model/kinds.toml``. English has every text. Another language has the same, and beside them
what English takes from the data itself (names of scenarios, reasons, questions).

>>> with CATALOGUE.language("ko"):
...     CATALOGUE.words().say("marks.median")
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from hbm_model.core.errors import InputError
from hbm_model.core.quantities import texts

ENGLISH = "en"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SUFFIX = ".toml"

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@dataclass(frozen=True)
class Words:
    """The texts of one room in one language.

    Attributes
    ----------
    lang
        Language of the texts, like ``en``.
    table
        Every text by its dotted key, with placeholders in braces.
    """

    lang: str
    table: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """The text of a key, its placeholders filled in.

        One pass over the fixed text fills them in, so that braces in a value stay what they are.

        Parameters
        ----------
        key
            Dotted key of the text, such as ``marks.median``.
        **values
            What to fill in, by placeholder; each placeholder of the text needs one.
        """
        return PLACEHOLDER.sub(lambda hole: str(values[hole[1]]), self.table[key])

    def pattern(self, key: str) -> str:
        """The text of a key with its placeholders as they are, for a script to fill in.

        Parameters
        ----------
        key
            Dotted key of the text.
        """
        return self.table[key]

    def has(self, key: str) -> bool:
        """Whether the language has a text of a key that is made from data.

        Parameters
        ----------
        key
            Dotted key, such as ``reason.repeats``.
        """
        return key in self.table

    def named(self, key: str, otherwise: str) -> str:
        """The text of a key that is made from data, or else what stands in the data.

        Nothing else falls back: a fixed text is in every catalogue, and only a name from the data may be missing.

        Parameters
        ----------
        key
            Dotted key, such as ``scenario.baseline``.
        otherwise
            What stands in the data.
        """
        return self.table.get(key, otherwise)


@dataclass(frozen=True)
class Catalogue:
    """The texts of one room in every language.

    Attributes
    ----------
    room
        Name of the room, whose folder ``locale`` holds the files.
    refusal
        How the error about a missing language begins.
    registry
        File of the package with further texts, entry by entry: ``part`` of the entry ``output`` has the key
        ``part.output``.
    """

    room: str
    refusal: str
    registry: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a file, English first."""
        names = [path.name.removesuffix(_SUFFIX) for path in _folder(self.room).iterdir()]
        return tuple(sorted(names, key=lambda name: (name != ENGLISH, name)))

    def check(self, lang: str) -> None:
        """Refuse a language that the room does not have.

        Parameters
        ----------
        lang
            Language, like ``en``.

        Raises
        ------
        InputError
            If there is no such language.
        """
        if lang not in self.languages:
            raise InputError(f"{self.refusal} {lang!r}; there are: {', '.join(self.languages)}")

    def table(self, lang: str) -> Mapping[str, str]:
        """Every text of one language by its dotted key.

        Parameters
        ----------
        lang
            Language, like ``en``.

        Raises
        ------
        InputError
            If there is no such language.
        """
        self.check(lang)
        return _table(self, lang)

    def words(self) -> Words:
        """The texts in the language of the ``with`` block, English outside of any."""
        lang = _language.get()
        return Words(lang, _table(self, lang))

    @contextmanager
    def language(self, lang: str) -> Iterator[None]:
        """Use another language in a ``with`` block.

        Parameters
        ----------
        lang
            Language, like ``en``.

        Raises
        ------
        InputError
            If there is no such language.
        """
        self.check(lang)
        token = _language.set(lang)
        try:
            yield
        finally:
            _language.reset(token)


def _folder(room: str) -> Traversable:
    return files("hbm_model") / room / "locale"


@cache
def _table(catalogue: Catalogue, lang: str) -> dict[str, str]:
    own = _read(_folder(catalogue.room) / f"{lang}{_SUFFIX}")
    entries = _read(files("hbm_model") / catalogue.registry) if catalogue.registry else {}
    called = {f"{what}.{name}": said for name, each in entries.items() for what, said in each.get(lang, {}).items()}
    return {**texts(catalogue.room, lang), **called, **dict(_flat("", own))}


def _read(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _flat(head: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{head}{key}.", value)
        else:
            yield f"{head}{key}", str(value)
