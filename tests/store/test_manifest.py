"""The manifest: typed, in the file's own order, with what older and newer versions of it hold."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hbm_model.store.manifest import Follows, Manifest, Record, Seal

KEYS = [
    *("run_id", "status", "quick", "as_of", "observed_through", "seed", "inputs", "request", "fit", "hashes", "data"),
    *("options", "versions", "machine", "started", "finished", "seconds", "peak_memory_mb", "ledger", "follows"),
]
DECISIVE: dict[str, Any] = {
    **{"evidence": "e", "priors": "p", "policy": "l", "code": "c", "questions": "q", "horizon": "2032Q4"},
    **{"as_of": "2026-06-30", "observed_through": "2026-06-29", "versions": {"numpy": "2"}},
    **{"settings": {"seed": 7, "quick": True}, "scenarios": {"baseline": "b", "included": "i"}},
}


@pytest.fixture
def manifest() -> Manifest:
    record = Record(
        decisive=DECISIVE,
        request="r",
        fit_inputs="f",
        sampled_in="earlier",
        scenarios=("baseline",),
        data=Path("data"),
        force=False,
        started=datetime(2026, 6, 30, 12, 0, 5, tzinfo=UTC),
        seconds={"fit": 12.5},
    )
    whole = record.manifest().with_seal(Seal("s", "", "ch"))
    return whole.finished("20260630T120005Z-0", "published", Follows("before", "sums"))


def test_the_file_has_its_keys_in_their_order(manifest: Manifest) -> None:
    assert list(json.loads(manifest.to_json())) == KEYS
    assert manifest.to_json() == json.dumps(dict(manifest), indent=2, ensure_ascii=False) + "\n"


def test_what_was_written_is_read_again(manifest: Manifest) -> None:
    again = Manifest.from_json(manifest.to_json())
    assert again == manifest
    assert (again.run_id, again.status, again.quick) == ("20260630T120005Z-0", "published", True)
    assert (again.as_of, again.observed_through, again.seed) == (date(2026, 6, 30), date(2026, 6, 29), 7)
    assert (again.request, again.fit_inputs, again.sampled_in) == ("r", "f", "earlier")
    assert (again.horizon, again.scenarios, again.settings) == ("2032Q4", ("baseline",), DECISIVE["settings"])
    assert (again.data, again.versions, again.seconds) == (Path("data"), {"numpy": "2"}, {"fit": 12.5})
    assert set(again.hashes) == {"evidence", "priors", "policy", "code", "config"}
    assert (again.seal, again.follows) == (Seal("s", "", "ch"), Follows("before", "sums"))
    assert (again.has_seal, again.has_checksums) == (True, True)
    assert len(again.inputs) == 64
    assert again.peak_memory_mb > 0


def test_it_is_a_mapping_of_the_file(manifest: Manifest) -> None:
    assert isinstance(manifest, Mapping)
    assert manifest["as_of"] == "2026-06-30"
    assert manifest == json.loads(manifest.to_json())
    assert manifest.get("nothing", 1) == 1
    assert {**manifest}.keys() == set(KEYS)


def test_keys_that_an_older_run_lacks_have_a_default() -> None:
    older = Manifest.from_json('{"as_of": "2026-06-30", "data": "bundled"}')
    assert (older.status, older.quick, older.data) == ("unknown", False, None)
    assert (older.request, older.inputs, older.fit_inputs, older.sampled_in) == ("", "", "", "")
    assert (older.seal, older.has_seal, older.follows, older.has_checksums) == (Seal(), False, None, False)
    with pytest.raises(KeyError):
        _ = older.horizon


def test_keys_that_are_not_known_are_kept() -> None:
    newer = Manifest.from_json('{"of_tomorrow": [1], "status": "published"}')
    assert newer.to_json() == '{\n  "of_tomorrow": [\n    1\n  ],\n  "status": "published"\n}\n'
    assert newer.finished("x", "rejected", None)["of_tomorrow"] == [1]


@pytest.mark.parametrize(
    ("text", "message"), [("", "Expecting value"), ("{", "Expecting"), ("[1]", "no table"), ('"x"', "no table")]
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Manifest.from_json(text)


@pytest.mark.parametrize("link", [None, "x", {}, {"run_id": ""}])
def test_a_link_that_is_none_is_none(link: Any) -> None:
    assert Manifest({"follows": link}).follows is None
    assert Manifest({"follows": link}).has_checksums
