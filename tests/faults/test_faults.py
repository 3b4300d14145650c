"""Real processes are killed and real disks filled: no half-written run, no lock that stays, errors in words."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from hbm_model.store import disk, ledger

DRIVER = Path(__file__).parents[1] / "fakes.py"
WHOLE = {
    *("manifest.json", "diagnostics.json", "posterior.nc", "forecast.parquet", "draws.parquet", "contrasts.parquet"),
    *("questions.parquet", "watch.parquet", "ledger.parquet"),
    "charts",
    "SHA256SUMS",
}
SECONDS = 0.6


BOUND_BY_PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Put before a command, so that root too may only write where a folder's permissions let its owner write."""


def start(root: Path, *, before: Sequence[str] = (), **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, str(DRIVER), "forecast", "--force", "--store", str(root)],
        env=os.environ | {"FAKE_SECONDS": str(SECONDS)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"the run ended (exit code {process.wait()}) before it said {words!r}; it said: {''.join(said)}")


def assert_sound(root: Path) -> int:
    """Every visible run is whole and the store can be locked at once; return the number of runs."""
    with disk.locked(root):
        pass
    assert not (root / ".staging").exists()
    runs = disk.list_runs(root)
    known = {".lock", "latest", *(run.run_id for run in runs)}
    assert {path.name for path in root.iterdir()} <= known
    for run in runs:
        assert {path.name for path in run.path.iterdir()} == WHOLE
        assert json.loads((run.path / "manifest.json").read_text())["status"] == "published"
    chain = ledger.follow(root)
    assert (len(chain.entries), chain.faults) == (len(runs), ())
    return len(runs)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", ["reading", "fitting", "saving", "drawing"])
def test_a_signal_in_each_stage_ends_in_order(tmp_path: Path, number: signal.Signals, stage: str) -> None:
    process = start(tmp_path / "runs")
    wait_for(process, stage)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    if process.returncode == 0:
        assert stage == "drawing", "only the last stage may be over before the signal comes"
        return
    assert process.returncode == 1
    assert f"interrupted ({number.name}); no half-written run is left" in err
    assert "Traceback" not in err
    if (tmp_path / "runs").exists():
        assert not (tmp_path / "runs" / ".staging").exists(), "the run cleans up itself"
        assert assert_sound(tmp_path / "runs") == 0


@pytest.mark.parametrize("then", ["return", "and fail"])
def test_a_fit_that_swallows_the_interrupt_is_not_published(tmp_path: Path, then: str) -> None:
    process = start(tmp_path, FAKE_SWALLOW=then)
    wait_for(process, "fitting")
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1, err
    assert "interrupted (SIGINT)" in err
    assert assert_sound(tmp_path) == 0


def kill_at_random(root: Path, number: signal.Signals, times: int, seed: int) -> None:
    moments = random.Random(seed)
    before = 0
    for _ in range(times):
        process = start(root)
        wait_for(process, "reading")
        time.sleep(moments.uniform(0, 2 * SECONDS))
        process.send_signal(number)
        process.communicate(timeout=30)
        now = assert_sound(root)
        assert now == before + 1 if process.returncode == 0 else now in {before, before + 1}
        before = now
    last = start(root, FAKE_SECONDS="0")
    out, err = last.communicate(timeout=60)
    assert last.returncode == 0, err
    assert "published" in out
    assert assert_sound(root) == before + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_killed_at_random_moments(tmp_path: Path, number: signal.Signals) -> None:
    kill_at_random(tmp_path, number, times=4, seed=number)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_killed_at_many_random_moments(tmp_path: Path, number: signal.Signals) -> None:
    kill_at_random(tmp_path, number, times=25, seed=100 + number)


def test_two_at_once_the_second_is_refused_and_the_first_undisturbed(tmp_path: Path) -> None:
    first = start(tmp_path, FAKE_SECONDS="600")
    wait_for(first, "fitting")
    (under_way,) = (tmp_path / ".staging").iterdir()
    second = start(tmp_path)
    _, err = second.communicate(timeout=30)
    assert second.returncode == 4, err
    assert f"is locked by another run ({under_way.name})" in err
    assert under_way.is_dir()
    first.terminate()
    first.communicate(timeout=30)
    assert assert_sound(tmp_path) == 0


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own; needs root, and a machine that lets root mount."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no right to mount a small file system here; the file-size limit below covers the same code")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fails(root: Path, *, before: Sequence[str] = (), **environment: str) -> str:
    process = start(root, before=before, FAKE_SECONDS="0", **environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, ""), err
    assert "Traceback" not in err
    return err.splitlines()[-1]


def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "size=2m"):
        assert "no space left on the disk" in fails(disk / "runs", FAKE_MEGABYTES="4")
        assert assert_sound(disk / "runs") == 0
        process = start(disk / "runs", FAKE_SECONDS="0")
        assert process.communicate(timeout=60)[0]
        assert assert_sound(disk / "runs") == 1, "a run that fits in is stored afterwards"


def test_a_read_only_disk_is_a_clear_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "ro"):
        assert "the file system is read-only" in fails(disk / "runs")


def test_a_forbidden_folder_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "no permission" in fails(tmp_path / "runs", before=BOUND_BY_PERMISSIONS)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_size_limit_is_a_clear_error(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))  # inherited by the child, lifted here right after
    try:
        words = fails(tmp_path, FAKE_MEGABYTES="4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "a file would grow beyond the allowed size" in words
    assert assert_sound(tmp_path) == 0
