"""Rewrite what Markdown does not know in docstrings, before the reference pages are made: roles and prompts.

A reference such as ``:func:`fit` `` becomes code, and lines that start with ``>>>`` become a block of code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe


def as_markdown(text: str) -> str:
    """`text` with every reference as code and every session at the prompt in a fence."""
    text = re.sub(r":[a-z]+:`~?([^`]+)`", r"`\1`", text)
    return re.sub(r"(^>>> .*(?:\n(?:>>>|\.\.\.).*)*)", r"```pycon\n\1\n```", text, flags=re.M)


class Roles(griffe.Extension):
    """What mkdocstrings calls for every object that it reads."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite an object's docstring."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
