"""The program as a shell calls it."""

import sys

import pytest

from hbm_model import cli


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run ``hbm-model WORDS...`` in this process."""
    monkeypatch.setattr(sys, "argv", ["hbm-model", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
