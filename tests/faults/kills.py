"""Kill the command line, on top of the fakes, at random moments: `python tests/faults/kills.py STORE TIMES SEED`.

Everything slow is loaded once, and every run is a fork of this process, so that a hundred of them take a minute: what
`test_faults.py` does a few times to whole processes, from their first import on, is done here to the writing alone.
What is killed is a real process in the middle of real files; after each kill the store is looked at as the next run
finds it. Prints what came of it as JSON.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import fakes

FEW = 5
"""Questions asked: their arithmetic takes longer than all the writing, and none of it is at stake."""


def child(root: Path) -> int:
    """Start a run and return its process id."""
    pid = os.fork()
    if pid:
        return pid
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.argv = ["hbm-model", "forecast", "--force", "--store", str(root)]
    code = 1
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


def preload() -> None:
    """Read and load once what every run does; none of it is written, and so none of it is at stake."""
    known = pipeline.read_inputs(date.today(), None, (), ())
    few = replace(known, questions=known.questions[:FEW])
    pipeline.read_inputs = lambda *_asked: few
    digest, versions = provenance.code_digest(), provenance.versions()
    provenance.code_digest = lambda: digest
    provenance.versions = lambda: versions
    with tempfile.TemporaryDirectory() as folder:
        pipeline.run_forecast(pipeline.ForecastOptions(store=Path(folder)))


def sound(root: Path) -> bool:
    """Whether the next run finds nothing half-written: no lock, no leftovers, every run whole to the byte."""
    with disk.locked(root):
        pass
    runs = disk.list_runs(root)
    known = {".lock", "latest", *(run.run_id for run in runs)}
    clean = not runs or verify.verify(root).clean
    latest = not runs or (root / "latest").readlink() == Path(runs[-1].run_id)
    return clean and latest and {path.name for path in root.iterdir()} <= known


def main(root: Path, times: int, seed: int) -> None:
    preload()
    start = time.perf_counter()
    assert os.waitpid(child(root), 0)[1] == 0, "a run that nobody kills works"
    took = time.perf_counter() - start
    moments = random.Random(seed)
    counts: Counter[str] = Counter()
    while counts["killed"] < times:
        before = len(disk.list_runs(root))
        pid = child(root)
        time.sleep(moments.uniform(0, took))
        os.kill(pid, signal.SIGKILL)
        killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        counts["killed" if killed else "over"] += 1
        counts["left_staged"] += killed and (root / ".staging").exists()
        published = len(disk.list_runs(root)) - before
        counts["killed_after_publishing"] += killed and published
        counts["damaged"] += not sound(root) or published not in {0, 1} or not (killed or published)
    assert os.waitpid(child(root), 0)[1] == 0, "the next run works"
    counts["damaged"] += not sound(root)
    print(json.dumps(dict(counts)))


if __name__ == "__main__":
    sys.modules.update(fakes.modules())
    from dataclasses import replace
    from datetime import date

    from hbm_model import cli
    from hbm_model.core import provenance
    from hbm_model.evidence import load
    from hbm_model.store import disk, pipeline, verify

    load.vintage_of = fakes.vintage_of
    os.environ["FAKE_SECONDS"] = "0.1"
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
