"""The table of claims: every row is there, and nothing in a cell is more than text."""

from dataclasses import fields
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.report.evidence_table import Claim, claims, safe_link
from hbm_model.report.render import _PAGE, _text
from hbm_model.report.words import load_words

SOURCE = _text(_PAGE)
ROW = SOURCE[
    SOURCE.index("{% for each in claims %}") : SOURCE.index("{% endfor %}</tbody></table>\n</div>\n</section>\n</main>")
]
TEMPLATE = Environment(autoescape=True, trim_blocks=True).from_string(ROW + "{% endfor %}")
BAITS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "' onclick='x",
    "{{ 7*7 }}",
    "&amp;",
)


def test_every_claim_is_there_with_what_the_model_does_with_it(vintage: Evidence) -> None:
    rows, usage = claims(vintage, load_words("en")), usage_table(vintage)
    assert len(rows) == len(usage)
    assert [row.published for row in rows] == sorted((row.published for row in rows), reverse=True)
    assert sum(row.used for row in rows) == int(usage["used"].sum())
    assert all(row.part if row.used else row.reason for row in rows)
    assert all(row.link == row.url for row in rows)  # the bundled evidence has no address but http and https
    found = next(row for row in rows if row.id == "y001")
    assert (found.vendor, found.subject) == ("SK hynix", "HBM3E 1b final yield")
    assert (found.value, found.status, found.origin) == ("80 %; 2024-05", "as done", "company")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
        ),
        *("vbscript:x", "file:///etc/passwd", "//evil.example", "/path", "https:", "https:///path", "http:evil", ""),
        *("https://a b.example/", "https://a.example/\x00", "https://[::1", "https:\\\\evil.example"),
    ],
)
def test_no_other_address_is_a_link(url: str) -> None:
    assert safe_link(url) == ""


@pytest.mark.parametrize("url", ["https://example.org/a?b=c&d=e#f", "http://example.org", "https://한국.example/뉴스"])
def test_web_addresses_are_links(url: str) -> None:
    assert safe_link(url) == url


class _Tags(HTMLParser):
    """Elements and attributes of a piece of HTML, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = st.one_of(st.sampled_from(BAITS), st.text(st.characters(exclude_categories=("Cs",)), max_size=30))


@given(cells=st.lists(HOSTILE, min_size=14, max_size=14), used=st.booleans())
def test_whatever_stands_in_a_cell_stays_text(cells: list[str], used: bool) -> None:
    names = [each.name for each in fields(Claim) if each.name not in ("used", "link")]
    given_cells = dict(zip(names, [*cells[: len(names)]], strict=True))
    claim = Claim(**given_cells, link=safe_link(given_cells["url"]), used=used)  # type: ignore[arg-type]
    page = _Tags(TEMPLATE.render(claims=[claim], t=load_words("en").say))
    allowed = {"tr", "td", "i", "b", "code"} | ({"a"} if claim.link else set())
    assert {tag for tag, _ in page.found} <= allowed
    keys = {"data-used", "data-table", "data-label", "lang", "href", "rel"}
    assert all(set(attributes) <= keys for _, attributes in page.found)
    assert all(attributes["href"] == claim.url for tag, attributes in page.found if tag == "a")
    note = given_cells["note"].replace("\r\n", "\n").replace("\r", "\n")
    assert note in page.text.replace("\r\n", "\n").replace("\r", "\n")
