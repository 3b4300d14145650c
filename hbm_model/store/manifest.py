"""The manifest of a run, typed: what it was made from, when, and on which machine.

The file is JSON, and its keys are named in this module alone. A manifest is also a mapping of what the file holds, in
its order: keys that this version does not know are kept, and those that an older run lacks have a default here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hbm_model.core import provenance

PUBLISHED, REJECTED = "published", "rejected"
"""What `status` may be."""
_BUNDLED = "bundled"


@dataclass(frozen=True)
class Follows:
    """The run that was published before.

    Attributes
    ----------
    run_id
        Its id.
    checksums
        SHA-256 of its list of checksums.
    """

    run_id: str
    checksums: str


@dataclass(frozen=True)
class Seal:
    """The seal of a run's entry of the ledger.

    Attributes
    ----------
    sha256
        Hash of the entry.
    previous
        Id of the run whose entry it follows; empty for the first.
    chain
        Hash of this entry chained to those before it.
    """

    sha256: str = ""
    previous: str = ""
    chain: str = ""


@dataclass(frozen=True, eq=False)  # equal to any mapping of the same keys and values
class Manifest(Mapping[str, Any]):
    """What a run's manifest says.

    Attributes
    ----------
    stored
        What the file holds, as plain values.
    """

    stored: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.stored[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        text
            The content of ``manifest.json``.

        Raises
        ------
        ValueError
            It is no JSON, or no table of keys.
        """
        stored = json.loads(text)
        if not isinstance(stored, dict):
            raise ValueError("it is no table of keys")
        return cls(stored)

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps(dict(self.stored), indent=2, ensure_ascii=False) + "\n"

    def finished(self, run_id: str, status: str, follows: Follows | None) -> Manifest:
        """The manifest of a run that is about to become visible.

        Parameters
        ----------
        run_id
            The run's id.
        status
            `published` or `rejected`.
        follows
            The run before it, whose checksums it notes; None where no run is sealed.
        """
        link = None if follows is None else {"run_id": follows.run_id, "checksums": follows.checksums}
        return Manifest({"run_id": run_id, "status": status, **self.stored, "follows": link})

    def with_seal(self, seal: Seal) -> Manifest:
        """The manifest with the seal of the run's entry of the ledger.

        Parameters
        ----------
        seal
            From :func:`hbm_model.store.ledger.write`.
        """
        return Manifest({**self.stored, "ledger": vars(seal)})

    @property
    def run_id(self) -> str:
        """Id of the run, made of start time and inputs; empty where it is not said."""
        return str(self.get("run_id", ""))

    @property
    def status(self) -> str:
        """`published`, `rejected`, or `unknown` where it is not said."""
        return str(self.get("status", "unknown"))

    @property
    def quick(self) -> bool:
        """Whether the fit was a quick one."""
        return bool(self.get("quick"))

    @property
    def as_of(self) -> date:
        """The day of the vintage."""
        return date.fromisoformat(str(self["as_of"]))

    @property
    def observed_through(self) -> date:
        """The last day of gathering: silence up to it says something."""
        return date.fromisoformat(str(self["observed_through"]))

    @property
    def seed(self) -> int:
        """Seed of all randomness."""
        return int(self["seed"])

    @property
    def inputs(self) -> str:
        """Digest of everything that determines the numbers; empty in a run that is older."""
        return str(self.get("inputs", ""))

    @property
    def request(self) -> str:
        """Digest of what was asked for; empty in a run that is older."""
        return str(self.get("request", ""))

    @property
    def fit_inputs(self) -> str:
        """Digest of what the fit read; empty in a run that is older."""
        return str(self.get("fit", {}).get("inputs", ""))

    @property
    def sampled_in(self) -> str:
        """Id of the run that sampled the fit; empty where it is not said."""
        return str(self.get("fit", {}).get("sampled_in") or "")

    @property
    def hashes(self) -> Mapping[str, str]:
        """Digests of evidence, priors, policy, code and configuration."""
        return dict(self.get("hashes", {}))

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the packages that decide the numbers."""
        return dict(self.get("versions", {}))

    @property
    def data(self) -> Path | None:
        """The data folder; None for the bundled one."""
        return None if self["data"] == _BUNDLED else Path(str(self["data"]))

    @property
    def horizon(self) -> str:
        """The last quarter of the forecast."""
        return str(self["options"]["horizon"])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of what was forecast, the baseline first."""
        return tuple(self["options"]["scenarios"])

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of the fit."""
        return dict(self["options"]["settings"])

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds that each step took."""
        return dict(self.get("seconds", {}))

    @property
    def peak_memory_mb(self) -> float:
        """The most memory that the run held."""
        return float(self["peak_memory_mb"])

    @property
    def has_seal(self) -> bool:
        """Whether the run has an entry of the ledger; older and rejected ones have none."""
        return "ledger" in self.stored

    @property
    def seal(self) -> Seal:
        """The seal of its entry of the ledger; an empty one where there is none."""
        return Seal(**{name: str(self.get("ledger", {}).get(name, "")) for name in ("sha256", "previous", "chain")})

    @property
    def has_checksums(self) -> bool:
        """Whether the run was published with checksums; older ones were not."""
        return "follows" in self.stored

    @property
    def follows(self) -> Follows | None:
        """The run before; None where there was none, or it is not said."""
        link = self.get("follows")
        if not isinstance(link, Mapping) or not link.get("run_id"):
            return None
        return Follows(str(link["run_id"]), str(link.get("checksums", "")))


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the pipeline knows of a run that it has made, for its manifest.

    Attributes
    ----------
    decisive
        Everything that determines the numbers: digests, days, settings, horizon, versions.
    request
        Digest of what was asked for.
    fit_inputs
        Digest of what the fit read.
    sampled_in
        Id of the run that sampled the fit.
    scenarios
        Names of what was forecast.
    data
        The data folder; None for the bundled one.
    force
        Whether it was asked to fit again.
    started
        When the run began.
    seconds
        What each step took.
    """

    decisive: Mapping[str, Any]
    request: str
    fit_inputs: str
    sampled_in: str
    scenarios: Sequence[str]
    data: Path | None
    force: bool
    started: datetime
    seconds: Mapping[str, float]

    def manifest(self) -> Manifest:
        """The manifest, but for what :meth:`Manifest.finished` adds."""
        decisive = self.decisive
        config = {name: decisive[name] for name in ("settings", "scenarios", "questions", "horizon")}
        return Manifest(
            {
                "quick": decisive["settings"]["quick"],
                "as_of": decisive["as_of"],
                "observed_through": decisive["observed_through"],
                "seed": decisive["settings"]["seed"],
                "inputs": provenance.digest(decisive),
                "request": self.request,
                "fit": {"inputs": self.fit_inputs, "sampled_in": self.sampled_in},
                "hashes": {name: decisive[name] for name in ("evidence", "priors", "policy", "code")}
                | {"config": provenance.digest(config)},
                "data": _BUNDLED if self.data is None else str(self.data),
                "options": {name: decisive[name] for name in ("settings", "horizon")}
                | {"scenarios": list(self.scenarios), "force": self.force},
                "versions": decisive["versions"],
                "machine": provenance.machine(),
                "started": self.started.isoformat(timespec="seconds"),
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": dict(self.seconds),
                "peak_memory_mb": provenance.peak_memory_mb(),
            }
        )
