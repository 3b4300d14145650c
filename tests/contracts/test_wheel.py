"""The wheel is the whole program: installed elsewhere, it finds its evidence in itself. The sdist is the checkout."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_code_evidence_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for table in (REPOSITORY / "data" / "claims").glob("*.csv"):
        assert f"hbm_model/_data/claims/{table.name}" in names
    assert {"hbm_model/_data/datapackage.json", "hbm_model/_data/priors.toml", "hbm_model/py.typed"} <= set(names)
    assert "hbm_model/_data/scores/backtest.json" in names
    page = ("locale/en.toml", "locale/ko.toml", "page.html.jinja", "change.html.jinja", "parts.html.jinja", "page.css")
    page = (*page, "explorer.js", "table.js")
    assert {f"hbm_model/report/{name}" for name in page} <= set(names)
    lettering = ("HBMSansKR-Regular.otf", "HBMSansKR-Bold.otf", "OFL.txt")
    charts = ("locale/en.toml", "locale/ko.toml", *(f"lettering/{name}" for name in lettering))
    assert {f"hbm_model/charts/{name}" for name in charts} <= set(names)
    assert sum("licenses/" in name for name in names) == 3
    assert not [name for name in names if name.startswith(("tests/", "data/"))]


def test_the_source_distribution_is_the_whole_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        held = {name.partition("/")[2] for name in file.getnames()}
    named = {
        "Makefile",
        "constraints.txt",
        "data/datapackage.json",
        "docs/model/index.md",
        "tests/conftest.py",
        ".ci/setup",
    }
    tracked = ["git", "ls-files"] if (REPOSITORY / ".git").exists() else ["true"]  # an unpacked one has no history
    listed = subprocess.run(tracked, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    assert not (named | set(listed.splitlines())) - held


def test_installed_in_an_empty_folder_it_reads_its_own_evidence(wheel: Path, tmp_path: Path) -> None:
    home, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    # The dependencies are borrowed from here; an editable hbm_model is not, as its own .pth is not read from there.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")

    program = (
        "import hbm_model as hbm; from hbm_model.evidence import bundled_data\n"
        "evidence = hbm.load_evidence(as_of='2026-06-30')\n"
        "print(hbm.__file__); print(bundled_data()); print(len(evidence.tables['yields']))"
    )
    done = subprocess.run([python, "-c", program], cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, data, rows = done.stdout.splitlines()
    assert Path(code).is_relative_to(site)
    assert Path(data) == site / "hbm_model" / "_data"
    assert int(rows) > 0

    script = home / "bin" / "hbm-model"
    done = subprocess.run([script, "data", "check"], cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no problems" in done.stdout
    assert list(empty.iterdir()) == []
