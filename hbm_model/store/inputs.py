"""What a run reads: evidence, priors, policy, scenarios and questions, each file once, before anything that takes long.

What is read here is digested here, and handed down as objects. Whatever is saved into a file later belongs to the next
run. The request's digest (:mod:`hbm_model.store.reuse`) reads the same files once more, for their bytes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core import provenance

if TYPE_CHECKING:
    from hbm_model.core.priors import Priors
    from hbm_model.evidence import Evidence
    from hbm_model.evidence.questions import Question
    from hbm_model.policy.policy import Policy
    from hbm_model.policy.scenarios import Scenario


@dataclass(frozen=True)
class Inputs:
    """Everything that a run reads from files.

    Attributes
    ----------
    evidence
        The claims as they stood on the as-of date.
    priors
        The priors of the folder.
    policy
        Levers, and the levels in force on the as-of date.
    scenarios
        Scenarios by name, the baseline first: those of the folder and of further files.
    asked
        Names of the scenarios to forecast, the baseline first.
    questions
        The dated questions.
    """

    evidence: Evidence
    priors: Priors
    policy: Policy
    scenarios: Mapping[str, Scenario]
    asked: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def digests(self) -> dict[str, Any]:
        """Digests and days of what decides the numbers of a run."""
        from hbm_model.evidence.questions import digest_of
        from hbm_model.policy.levels import closure

        standing = {name: value for name, value in self.policy.to_dict().items() if name != "as_of"}
        used: set[str] = set().union(*(closure(name, self.scenarios) for name in self.asked))
        return {
            "evidence": self.evidence.digest,
            "as_of": str(self.evidence.as_of),
            "observed_through": str(self.evidence.observed_through),
            "priors": self.priors.digest,
            "policy": provenance.digest(standing),
            "scenarios": {
                name: provenance.digest(asdict(replace(scenario, source="")))
                for name, scenario in self.scenarios.items()
                if name in used
            },
            "questions": provenance.digest(digest_of(self.questions)),
        }


def read_inputs(
    as_of: date, data: Path | None, scenarios: Sequence[str] | None, scenario_files: Sequence[Path]
) -> Inputs:
    """Read and check everything that a run reads, each file once.

    Parameters
    ----------
    as_of
        The day of the vintage.
    data
        A data folder; None for the bundled one. Where it has no policy or no questions, the bundled ones hold.
    scenarios
        Names of the scenarios to forecast beside the baseline; None for all.
    scenario_files
        Scenario files of one's own, all of which are forecast.

    Raises
    ------
    InputError
        Something in the files is wrong, or there is no scenario of a name.
    """
    from hbm_model.evidence import load
    from hbm_model.evidence.check import read_folder
    from hbm_model.evidence.questions import question_folder, questions_of
    from hbm_model.evidence.vintage import read_as_of
    from hbm_model.policy.policy import in_force_on, policy_home
    from hbm_model.policy.scenarios import read_policy_inputs, select

    folder, home = read_folder(data), policy_home(data)
    asks = question_folder(folder)
    own = next((one for one in (folder, asks) if one.path == home), None)
    policy = read_policy_inputs(home, scenario_files, own)
    asked = tuple(select(policy.scenarios, scenarios, scenario_files))
    evidence = load.vintage_of(folder, read_as_of(as_of, folder.read_on))
    return Inputs(
        evidence=evidence,
        priors=policy.priors,
        policy=in_force_on(policy, evidence.as_of),
        scenarios=policy.scenarios,
        asked=asked,
        questions=questions_of(asks),
    )
