"""The evidence as rows of a table to search and sort: what each claim says, and what the model does with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.report.words import PageWords

_SUBJECT = ("metric", "stage", "quantity", "instrument", "product")
_SPANS = tuple((f"{span}_start", f"{span}_end") for span in ("date", "period", "target", "launch"))
_ABOUT = ("generation", "dram_node", "hbm_generation", "jurisdiction", "lever")
_BLOCS = {"korea": "Korea", "china": "China"}
_UNIT = {"yields": "%", "market": ""}


@dataclass(frozen=True)
class Claim:
    """One row of evidence as the page shows it.

    Attributes
    ----------
    id
        Its id in the evidence.
    table
        Table that it comes from.
    published
        Day of publication (empty: unknown).
    vendor
        Maker or buyer.
    subject
        What the claim is about: generation, node and metric.
    value
        Value or window that is claimed, and the time that it is about.
    status, origin
        In the words of the page's language.
    publisher
        As recorded.
    url
        Its address.
    link
        The same where it may be followed, else empty.
    used
        Whether the model uses it.
    part
        Part of the model that it belongs to.
    reason
        Why it is not used (empty: it is).
    note
        As recorded.
    """

    id: str
    table: str
    published: str
    vendor: str
    subject: str
    value: str
    status: str
    origin: str
    publisher: str
    url: str
    link: str
    used: bool
    part: str
    reason: str
    note: str


def claims(evidence: Evidence, words: PageWords) -> list[Claim]:
    """Every claim of a vintage, the newest first.

    What is fixed is in the words of the language, the rest as recorded.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    usage = usage_table(evidence).set_index(["table", "id"])
    vendors = makers(evidence, words)
    rows: list[Claim] = []
    for table, frame in evidence.tables.items():
        spans = [span for span in _SPANS if span[0] in frame]
        for row in frame.to_dict("records"):
            use = usage.loc[(table, row["id"])]
            rows.append(_claim(table, {str(key): value for key, value in row.items()}, use, vendors, words, spans))
    return sorted(rows, key=lambda row: (row.published, row.id), reverse=True)


def _claim(
    table: str,
    row: Mapping[str, Any],
    use: pd.Series[Any],
    vendors: Mapping[str, str],
    words: PageWords,
    spans: list[tuple[str, str]],
) -> Claim:
    vendor = str(row.get("vendor", ""))
    about = (str(row.get(name, "")).replace("_", " ") for name in _ABOUT)
    subject = next((str(row[name]) for name in _SUBJECT if row.get(name)), "")
    part, reason = str(use["part"]), str(use["reason"])
    return Claim(
        id=str(row["id"]),
        table=words.named(f"table.{table}", table),
        published=_day(row.get("published")),
        vendor=vendors.get(vendor, vendor),
        subject=" ".join(filter(_is_named, (*about, subject.replace("_", " ")))),
        value=_value_and_time(table, row, spans),
        status=_named(words, "status", str(row.get("status", ""))),
        origin=_named(words, "origin", str(row.get("origin", ""))),
        publisher=str(row.get("publisher", "")),
        url=str(row.get("url", "")),
        link=safe_link(str(row.get("url", ""))),
        used=bool(use["used"]),
        part=_named(words, "part", part),
        reason=_reason(words, reason),
        note=str(row.get("note", "")),
    )


def makers(evidence: Evidence, words: PageWords) -> dict[str, str]:
    """Names of makers, buyers and blocs by their key: the catalogue's, or those of the evidence.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    vendors = evidence.references["vendors"]
    own = dict(zip(vendors["vendor"], vendors["label"], strict=True))
    return {name: words.named(f"vendor.{name}", label) for name, label in [*own.items(), *_BLOCS.items()]}


def _reason(words: PageWords, reason: str) -> str:
    """Why a row is left out, in the words of the catalogue where it has some."""
    if reason.startswith("repeats ") and words.has("reason.repeats"):
        return words.say("reason.repeats", id=reason.removeprefix("repeats "))
    return words.named(f"reason.{slug(reason)}", reason)


def slug(text: str) -> str:
    """A text as a key: its words in lower case, joined by underscores.

    Parameters
    ----------
    text
        Any text; only a to z and digits are kept.
    """
    return "_".join(re.findall("[a-z0-9]+", text.lower()))


def _is_named(text: str) -> bool:
    return text not in ("", "none")


def _named(words: PageWords, group: str, name: str) -> str:
    return words.named(f"{group}.{name}", name.replace("_", " "))


def _value_and_time(table: str, row: Mapping[str, Any], spans: list[tuple[str, str]]) -> str:
    """The value or window that is claimed, and the time it is about."""
    unit = _UNIT.get(table, "") or " ".join(filter(None, (str(row.get("currency", "")), str(row.get("unit", "")))))
    low, high = row.get("low"), row.get("high")
    ends = [f"{value:,.6g}" for value in dict.fromkeys((low, high)) if value is not None and not pd.isna(value)]
    bound = {"lower": "\u2265 ", "upper": "\u2264 "}.get(str(row.get("bound", "")), "")
    value = f"{bound}{'\u2013'.join(ends)} {unit}".strip() if ends else ""
    when = [
        "\u2013".join(dict.fromkeys(filter(None, (_month(row[first]), _month(row[last]))))) for first, last in spans
    ]
    if not spans and "date" in row:
        when = [_day(row["date"])]
    return "; ".join(filter(None, (value, *when)))


def _day(value: Any) -> str:
    return "" if value is None or pd.isna(value) else f"{value:%Y-%m-%d}"


def _month(value: Any) -> str:
    return "" if value is None or pd.isna(value) else f"{value:%Y-%m}"


def safe_link(url: str) -> str:
    """The address if it may be followed from the page (plain http or https, with a host), else an empty text.

    Parameters
    ----------
    url
        Address as recorded.
    """
    if any(sign.isspace() or ord(sign) < 32 or sign == "\\" for sign in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
