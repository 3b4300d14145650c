"""The store: whole runs or none, one writer at a time, faults in words."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hbm_model.core import provenance
from hbm_model.core.errors import InputError, StoreError, StoreLockedError
from hbm_model.store import disk

INPUTS = "0123456789abcdef" * 4
START = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)


def write_run(
    root: Path,
    inputs: str = INPUTS,
    now: datetime = START,
    finish: Callable[[disk.Draft, dict[str, str]], disk.Run] = disk.publish,
) -> disk.Run:
    with disk.locked(root), disk.draft(root, inputs, now) as staged:
        (staged.path / "charts").mkdir()
        (staged.path / "charts" / "gap.csv").write_text("a\n1\n")
        return finish(staged, {"inputs": inputs})


def visible(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name != ".lock")


def test_a_published_run_is_whole_and_the_latest(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    assert run.run_id == "20261122T054500Z-01234567"
    assert visible(tmp_path) == [run.run_id, "latest"]
    assert (tmp_path / "latest" / "charts" / "gap.csv").is_file()
    stored = json.loads((run.path / "manifest.json").read_text())
    assert stored == {"run_id": run.run_id, "status": "published", "inputs": INPUTS, "follows": None}
    assert disk.find_run(tmp_path) == run


def test_runs_are_appended_never_replaced(tmp_path: Path) -> None:
    first = write_run(tmp_path)
    second = write_run(tmp_path)
    assert second.run_id == "20261122T054501Z-01234567"
    assert [run.run_id for run in disk.list_runs(tmp_path)] == [first.run_id, second.run_id]
    assert disk.find_run(tmp_path) == second
    assert (tmp_path / "latest").readlink() == Path(second.run_id)


def test_a_rejected_fit_is_kept_apart(tmp_path: Path) -> None:
    published = write_run(tmp_path)
    rejected = write_run(tmp_path, inputs="f" * 64, finish=disk.reject)
    assert rejected.path == tmp_path / "rejected" / rejected.run_id
    assert rejected.status == "rejected"
    assert disk.list_runs(tmp_path) == [published]
    assert disk.find_run(tmp_path) == published
    assert disk.find_run(tmp_path, rejected.run_id) == rejected
    assert disk.find_published(tmp_path, "f" * 64) is None
    assert disk.find_published(tmp_path, INPUTS) == published


@pytest.mark.parametrize("fault", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failing_run_leaves_nothing(tmp_path: Path, fault: BaseException) -> None:
    with pytest.raises(type(fault)), disk.locked(tmp_path), disk.draft(tmp_path, INPUTS) as staged:
        (staged.path / "posterior.nc").write_text("half")
        raise fault
    assert visible(tmp_path) == []
    write_run(tmp_path)


def test_an_unfinished_draft_is_not_published(tmp_path: Path) -> None:
    with disk.locked(tmp_path), disk.draft(tmp_path, INPUTS) as staged:
        (staged.path / "forecast.parquet").write_text("all of it")
    assert visible(tmp_path) == []


def test_what_a_killed_run_left_is_swept_and_latest_mended(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    leftover = tmp_path / ".staging" / "20260101T000000Z-deadbeef"
    leftover.mkdir(parents=True)
    (leftover / "posterior.nc").write_text("half")
    (tmp_path / "latest").unlink()
    assert disk.list_runs(tmp_path) == [run], "a staged folder is no run"
    with disk.locked(tmp_path):
        assert visible(tmp_path) == [run.run_id, "latest"]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with disk.locked(tmp_path), disk.draft(tmp_path, INPUTS, START):
        program = (
            "import sys; from pathlib import Path; from hbm_model.store import disk\n"
            "from hbm_model.core.errors import StoreLockedError\n"
            "try:\n with disk.locked(Path(sys.argv[1])): pass\n"
            "except StoreLockedError as error: print(error); sys.exit(error.exit_code)"
        )
        other = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
        assert other.returncode == StoreLockedError.exit_code == 4, other.stderr
        assert "locked by another run (20261122T054500Z-01234567)" in other.stdout
        assert (tmp_path / ".staging" / "20261122T054500Z-01234567").is_dir(), "the loser sweeps nothing"
    with disk.locked(tmp_path):
        pass


def test_an_unknown_run_names_near_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no published run yet"):
        disk.find_run(tmp_path / "nowhere")
    first, second = write_run(tmp_path), write_run(tmp_path)
    assert disk.find_run(tmp_path, "20261122T054500Z") == first
    with pytest.raises(InputError, match=f"no run '20261122T054509Z-01234567'; near: .*{second.run_id}"):
        disk.find_run(tmp_path, "20261122T054509Z-01234567")
    with pytest.raises(InputError, match=f"several runs '2026'; near: {first.run_id}, {second.run_id}"):
        disk.find_run(tmp_path, "2026")


def test_the_store_may_not_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    path.write_text("")
    with pytest.raises(StoreError, match="there is a file of that name, not a folder"), disk.locked(path):
        pass
    with pytest.raises(StoreError, match="file, not a folder"), disk.locked(path / "deeper"):
        pass
    assert isinstance(StoreError("x"), OSError)


def test_strange_folders_in_the_store_are_no_runs(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "todo.txt").write_text("")
    assert disk.list_runs(tmp_path) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on the disk"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "x.nc"), r"read-only \(x.nc\)"),
        (
            RuntimeError("Can't flush (errno = 28, error message = '...')"),
            "no space left on the disk",
        ),
        (OSError("[Errno 28] Error writing bytes to file. Detail: [errno 28] No space"), "no space left on the disk"),
    ],
)
def test_storage_faults_in_words_also_from_behind_libraries(tmp_path: Path, fault: Exception, words: str) -> None:
    with pytest.raises(StoreError, match=words), disk.locked(tmp_path), disk.draft(tmp_path, INPUTS):
        raise fault
    assert visible(tmp_path) == []


def test_other_errors_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk.locked(tmp_path), disk.draft(tmp_path, INPUTS):
        Path("/no/such/evidence").read_text()


def test_a_nearly_full_disk_is_refused_before_the_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "MIN_FREE_BYTES", 2**70)
    with pytest.raises(StoreError, match="make room"), disk.locked(tmp_path), disk.draft(tmp_path, INPUTS):
        pytest.fail("the work began")
    assert visible(tmp_path) == []


def test_the_environment_names_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HBM_MODEL_STORE", raising=False)
    assert disk.default_store() == Path("runs")
    monkeypatch.setenv("HBM_MODEL_STORE", "/srv/runs")
    assert disk.default_store() == Path("/srv/runs")


def test_manifest_facts() -> None:
    assert provenance.versions()["jaxlib"]
    assert provenance.machine()["cpus"]
    assert "node" not in provenance.machine()
    assert len(provenance.code_digest()) == 64
    assert provenance.digest({"a": 1, "b": 2}) == provenance.digest({"b": 2, "a": 1})
    assert provenance.file_digest(Path("/no/such/file")) == ""
    assert provenance.peak_memory_mb() > 1
