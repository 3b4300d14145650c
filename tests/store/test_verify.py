"""Every changed, lost or added byte of a published run is found, and older runs are let be."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from hbm_model import cli
from hbm_model.core.errors import InputError
from hbm_model.store import checksums, disk, ledger, verify

START = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)


def write_run(root: Path, number: int, finish: Callable[..., disk.Run] = disk.publish) -> disk.Run:
    with disk.locked(root), disk.draft(root, "0123456789abcdef" * 4, START + timedelta(days=number)) as staged:
        (staged.path / "charts").mkdir()
        (staged.path / "charts" / "gap.csv").write_text(f"a,b\n1,{number}\n")
        (staged.path / "forecast.parquet").write_bytes(bytes(range(200)))
        rows = pd.DataFrame({"target": ["frontier_lag"], "value": [float(number)]})
        return finish(staged, {"as_of": "2026-11-22", "ledger": asdict(ledger.write(staged, rows))})


@pytest.fixture
def runs(tmp_path: Path) -> list[disk.Run]:
    return [write_run(tmp_path / "runs", number) for number in range(3)]


def rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def damage(root: Path) -> list[tuple[str, str]]:
    return [(each.run_id, each.file) for each in verify.verify(root).damage if each.run_id != "ledger"]


def test_what_was_published_is_clean_and_another_program_agrees(tmp_path: Path, runs: list[disk.Run]) -> None:
    root = tmp_path / "runs"
    verdict = verify.verify(root)
    assert (verdict.clean, verdict.unsealed) == (True, ())
    assert verdict.checked == tuple(run.run_id for run in runs)
    assert verdict.end == disk.seal_of(runs[-1].path)
    assert "3 runs checked: every byte is as it was published" in verify.as_text(verdict)
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", checksums.FILE], cwd=runs[0].path, check=True)


def test_any_changed_byte_of_any_file_is_found(tmp_path: Path, runs: list[disk.Run]) -> None:
    chance, (_, run, _) = random.Random(5), runs
    files = sorted(path for path in run.path.rglob("*") if path.is_file())
    assert {path.name for path in files} >= {"manifest.json", "SHA256SUMS", "gap.csv", "ledger.parquet"}
    for path in files:
        whole = path.read_bytes()
        for place in {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(4))}:
            changed = bytearray(whole)
            changed[place] ^= 1 << chance.randrange(8)
            rewrite(path, bytes(changed))
            assert run.run_id in {found for found, _ in damage(tmp_path / "runs")}, f"{path}, byte {place}"
            assert not verify.verify(tmp_path / "runs", run.run_id).clean
        rewrite(path, whole)
    assert verify.verify(tmp_path / "runs").clean


def test_a_lost_and_an_added_file_are_found(tmp_path: Path, runs: list[disk.Run]) -> None:
    path = runs[0].path
    (path / "charts" / "gap.csv").unlink()
    (path / "charts" / "other.csv").write_text("")
    (path / "forecast.parquet").unlink()
    (path / "forecast.parquet").symlink_to(runs[1].path / "forecast.parquet")
    found = verify.verify(tmp_path / "runs").damage
    assert [(each.file, each.what) for each in found] == [
        ("charts/gap.csv", "is missing"),
        ("charts/other.csv", "has been added"),
        ("forecast.parquet", "has been changed"),
    ]
    assert verify.verify(tmp_path / "runs", runs[1].run_id).clean


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
def test_what_says_what_a_run_is_cannot_be_lost_unseen(tmp_path: Path, runs: list[disk.Run], name: str) -> None:
    (runs[-1].path / name).unlink()
    assert (runs[-1].run_id, name) in damage(tmp_path / "runs")


def test_checksums_made_anew_are_found_by_the_run_that_follows(tmp_path: Path, runs: list[disk.Run]) -> None:
    rewrite(runs[0].path / "charts" / "gap.csv", b"a,b\n1,9\n")
    checksums.seal(runs[0].path)
    (fault,) = verify.verify(tmp_path / "runs").damage
    assert fault.words == (f"{runs[0].run_id}: SHA256SUMS is not the one that {runs[1].run_id} noted when it followed")
    assert [each.run_id for each in verify.verify(tmp_path / "runs", runs[0].run_id).damage] == [runs[0].run_id]


def test_a_new_seal_on_the_newest_run_shows_in_the_end_of_the_chain(tmp_path: Path, runs: list[disk.Run]) -> None:
    before = verify.verify(tmp_path / "runs").end
    rewrite(runs[-1].path / "charts" / "gap.csv", b"a,b\n1,9\n")
    checksums.seal(runs[-1].path)
    assert verify.verify(tmp_path / "runs").clean
    assert verify.verify(tmp_path / "runs").end != before


def test_a_run_that_is_taken_out_or_renamed_is_missed(tmp_path: Path, runs: list[disk.Run]) -> None:
    runs[1].path.rename(tmp_path / "runs" / "20261123T054500Z-76543210")
    words = verify.as_text(verify.verify(tmp_path / "runs"))
    assert f"{runs[1].run_id}: is missing, and {runs[2].run_id} follows it" in words
    assert f"is the folder of {runs[1].run_id}, under another name" in words


def test_rejected_fits_are_checked_and_nothing_follows_them(tmp_path: Path, runs: list[disk.Run]) -> None:
    rejected = write_run(tmp_path / "runs", 4, disk.reject)
    write_run(tmp_path / "runs", 5)
    assert verify.verify(tmp_path / "runs").clean
    rewrite(rejected.path / "forecast.parquet", b"")
    assert damage(tmp_path / "runs") == [(rejected.run_id, "forecast.parquet")]
    shutil.rmtree(rejected.path)
    assert verify.verify(tmp_path / "runs").clean, "a rejected fit may be thrown away"


def test_runs_from_before_there_were_checksums_are_no_failure(tmp_path: Path) -> None:
    old = tmp_path / "20260101T000000Z-01234567"
    old.mkdir()
    (old / "manifest.json").write_text(json.dumps({"run_id": old.name, "status": "published"}))
    verdict = verify.verify(tmp_path)
    assert (verdict.clean, verdict.checked, verdict.unsealed, verdict.end) == (True, (), (old.name,), "")
    assert "published before there were checksums" in verify.as_text(verdict)
    run = write_run(tmp_path, 1)
    assert verify.verify(tmp_path).clean
    assert run.manifest["follows"] is None


def test_a_store_without_runs_and_a_wrong_name_are_bad_input(tmp_path: Path, runs: list[disk.Run]) -> None:
    with pytest.raises(InputError, match="holds no run yet"):
        verify.verify(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no run '1999'"):
        verify.verify(tmp_path / "runs", "1999")
    rewrite(runs[0].path / "manifest.json", b"{")
    assert not verify.verify(tmp_path / "runs", runs[0].run_id[:10]).clean, "a damaged manifest is found by name, too"


def test_the_verb_answers_with_exit_codes(
    tmp_path: Path, runs: list[disk.Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["hbm-model", "runs", "verify", *words, "--store", str(tmp_path / "runs")])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capsys.readouterr().out

    assert answer()[0] == 0
    assert answer("2019")[0] == 2
    rewrite(runs[0].path / "charts" / "gap.csv", b"")
    code, out = answer()
    assert (code, out.splitlines()[0]) == (1, f"DAMAGED  {runs[0].run_id}: charts/gap.csv has been changed")
    code, out = answer(runs[0].run_id, "--json")
    assert code == 1
    assert json.loads(out)["damage"] == [
        {"run_id": runs[0].run_id, "file": "charts/gap.csv", "what": "has been changed"}
    ]
    assert answer(runs[1].run_id)[0] == 0
