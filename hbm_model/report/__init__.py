"""The report: one run as one self-contained page in English or Korean.

>>> hbm_model.report.write_report(load_run(), "gap.html", lang="ko")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hbm_model.core.errors import InputError
from hbm_model.core.progress import Report, silent

if TYPE_CHECKING:
    from hbm_model.store.stored import StoredRun


def write_report(stored: StoredRun, out: str | Path, lang: str = "en", report: Report = silent) -> Path:
    """Write the page of a run.

    Parameters
    ----------
    stored
        From :func:`hbm_model.load_run`; published.
    out
        HTML file, in a folder that is there; written over.
    lang
        Language of the page, like ``en`` or ``ko``.
    report
        Told of the stages, and how far they are (default: nobody is).

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    InputError
        If there is no such language, the run was not published, its files cannot be read, or `out` cannot be written.
    """
    from hbm_model.report.facts import Facts
    from hbm_model.report.render import page
    from hbm_model.report.words import load_words

    words = load_words(lang)
    if stored.run.status != "published":
        raise InputError(f"run {stored.run_id} is {stored.run.status}; only a published run has a report")
    path = Path(out)
    if not path.parent.is_dir() or path.is_dir():  # told before the work, not after it
        raise InputError(f"{path}: cannot be written; name a file in a folder that is there")
    path.write_text(page(Facts(stored), words, report), encoding="utf-8")
    return path
