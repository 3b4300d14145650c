"""Fill README's tables from the result files. GitHub shows the README as it is, so that they stand in it.

python docs/generate/readme.py
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from results import RESULTS, ROOT, arguments, markdown, read

README = ROOT / "README.md"
TABLES = {"answer": ("answer", "answer_generations"), "policy": ("scenarios_2032",)}
"""Result files by the name of the block that shows them."""


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """`text` with what stands between `<!-- NAME:start -->` and `<!-- NAME:end -->` replaced, for each block."""
    for name, content in blocks.items():
        pattern = rf"(<!-- {name}:start -->\n).*?(<!-- {name}:end -->)"
        text = re.sub(pattern, lambda found, c=content: f"{found[1]}\n{c.strip()}\n\n{found[2]}", text, flags=re.S)  # type: ignore[misc]
    return text


def blocks() -> dict[str, str]:
    """The tables of each block."""
    return {
        name: "\n\n".join(markdown(read(RESULTS / f"{file}.csv")) for file in files) for name, files in TABLES.items()
    }


def main() -> None:
    """Rewrite the README."""
    arguments(__doc__)
    README.write_text(fill(README.read_text(encoding="utf-8"), blocks()), encoding="utf-8")


if __name__ == "__main__":
    main()
