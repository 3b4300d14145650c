"""Build the documentation site into build/site: lay its pages out, turn them into HTML, typeset, check.

make docs
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

from equations import typeset
from pages import lay_out
from results import ROOT, arguments

PAGES, SITE = ROOT / "build" / "docs", ROOT / "build" / "site"
LOADING = dict.fromkeys(("script", "img", "iframe", "source", "video", "audio", "embed"), "src")
LOADING |= {"object": "data", "link": "href"}
"""What a browser fetches by itself when it opens a page."""
NOT_LOADED = {"canonical", "next", "prev", "alternate", "author", "license"}
"""Relations of a <link> that only say something."""


class _Loads(HTMLParser):
    """Addresses that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a tag that loads something."""
        given = dict(attrs)
        if tag == "link" and set((given.get("rel") or "").split()) <= NOT_LOADED:
            return
        self.addresses.append(given.get(LOADING.get(tag, "")) or "")


def outside(text: str) -> list[str]:
    """Addresses on the network that a page or a style sheet loads."""
    parser = _Loads()
    parser.feed(text)
    styled = re.findall(r"""url\(["']?([^"')\s]+)|@import ["']([^"']+)""", text)
    parser.addresses += ["".join(groups) for groups in styled]
    return [address for address in parser.addresses if address.startswith(("http:", "https:", "//"))]


def main() -> int:
    """Build, typeset and check; what is wrong is printed."""
    arguments(__doc__)
    lay_out(PAGES)
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}  # or the theme prints where to move to
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(build, cwd=ROOT, env=quiet, check=False)
    if done.returncode:
        return done.returncode
    (SITE / "404.html").unlink()  # for a server at the top of its address; the site is a folder to open
    faults = []
    pages = sorted(SITE.rglob("*.html"))
    for path in pages:
        text = typeset(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        faults += [f"{path.relative_to(SITE)} loads {address}" for address in outside(text)]
        faults += [f"{path.relative_to(SITE)} holds an equation that was not typeset"] if "arithmatex" in text else []
    for path in sorted(SITE.rglob("*.css")):
        faults += [f"{path.relative_to(SITE)} loads {address}" for address in outside(path.read_text("utf-8"))]
    print("\n".join(faults) or f"{len(pages)} pages in {SITE.relative_to(ROOT)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
