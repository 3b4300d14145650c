"""Make the charts' fonts from Noto Sans CJK: Latin, Greek, arrows and the 2,350 Hangul syllables of KS X 1001.

    python tools/font_subset.py FOLDER

FOLDER holds NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc (Debian's package fonts-noto-cjk). The subsets get a name
of their own, so that they are never taken for the whole font where that is installed.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

OUT = Path(__file__).parents[1] / "hbm_model" / "charts" / "lettering"
FAMILY = "HBM Sans KR"
RANGES = (
    *((0x20, 0x7F), (0xA0, 0x180), (0x391, 0x3AA), (0x3B1, 0x3CA)),
    *((0x2010, 0x2027), (0x2030, 0x203B), (0x2070, 0x208A), (0x20A0, 0x20B0)),
    *((0x2190, 0x2194), (0x2200, 0x2266), (0x25A0, 0x25D0), (0x3001, 0x3012)),
)
LEFT_OUT = ["VORG", "vhea", "vmtx", "BASE", "DSIG", "GSUB", "GPOS"]


def characters() -> str:
    """Everything that the charts may letter."""
    hangul = [bytes([row, cell]).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)]
    return "".join([*hangul, *(chr(code) for low, high in RANGES for code in range(low, high))])


def renamed(font: TTFont, weight: str) -> TTFont:
    """The font under its own family name."""
    full, plain = f"{FAMILY} {weight}", f"HBMSansKR-{weight}"
    names = {1: FAMILY, 2: weight, 3: f"{full} (subset of Noto Sans CJK KR)", 4: full, 6: plain, 16: FAMILY, 17: weight}
    for record in list(font["name"].names):
        if record.nameID in names:
            font["name"].setName(
                names[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID
            )
    cff = font["CFF "].cff
    cff.fontNames = [plain]
    cff.topDictIndex[0].FullName, cff.topDictIndex[0].FamilyName = full, FAMILY
    return font


def main(source: Path) -> None:
    """Write both weights."""
    for weight in ("Regular", "Bold"):
        whole = TTCollection(source / f"NotoSansCJK-{weight}.ttc").fonts
        font = next(each for each in whole if each["name"].getDebugName(1).startswith("Noto Sans CJK KR"))
        options = subset.Options(
            hinting=False, layout_features=[], name_IDs=["*"], drop_tables=LEFT_OUT, notdef_outline=True
        )
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters())
        subsetter.subset(font)
        renamed(font, weight).save(OUT / f"HBMSansKR-{weight}.otf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
