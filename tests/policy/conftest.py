"""A small data folder with two levers and three scenarios, which a test may break one fault at a time."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from hbm_model.policy.scenarios import check_scenario_file

PRIORS = """
[cadence]
dist = "lognormal"
median = 1.8
sd = 0.25
unit = "years"
reason = "Pace."
source = "a page"
"""

POLICY_PRIORS = """
[onset]
dist = "lognormal"
median = 0.8
sd = 0.5
unit = "years"
reason = "Tools on order still arrive."
source = "judgement"
judgement = true

[erosion]
dist = "lognormal"
median = 3.5
sd = 0.5
unit = "years"
reason = "Other tools appear."
source = "a page"
claims = ["eff072"]

[lasting]
dist = "constant"
value = 0.35
unit = "share"
reason = "What cannot be replaced."
source = "judgement"

[too_much]
dist = "constant"
value = 1.5
unit = "share"
reason = "No share."
source = "judgement"

[tool_cost]
dist = "lognormal"
median = 0.4
sd = 0.5
unit = "log ratio"
reason = "Dearer tools."
source = "a page"

[open_sign]
dist = "normal"
mean = 0.0
sd = 0.2
unit = "log ratio"
reason = "Theory does not say."
source = "judgement"

[by_bloc]
dist = "lognormal"
index = "bloc"
median = { korea = 1.0, us = 1.0, china = 1.0 }
sd = { korea = 1.0, us = 1.0, china = 1.0 }
unit = "log ratio"
reason = "One for each."
source = "judgement"
"""

LEVERS = """
[tool_access]
title = "Access to tools"
unit = "share of the need that is cut off"
range = [0.0, 1.0]
reference = 0.0
description = "Allied export controls."
onset = "onset"
erosion = "erosion"
lasting = "lasting"
[[tool_access.effects]]
prior = "tool_cost"
target = "tool_cost"
bloc = "china"
sign = 1
informed = true
anticipation = false
[[tool_access.effects]]
prior = "open_sign"
target = "clock_speed"
bloc = "china"
sign = 1

[own_tools]
title = "Mandate for own tools"
unit = "share of tools that must be domestic"
range = [0, 0.7]
reference = 0
description = "A rule of the state."
onset = "onset"
shields = { tool_access = 0.5 }
shield_onset = "onset"
[[own_tools.effects]]
prior = "tool_cost"
target = "learning_speed"
bloc = "all"
sign = -1
"""

BASELINE = """
name: baseline
title: What is in force
assumes: What is in force stays in force.
settings:
  - {lever: tool_access, level: 0.3, announced: 2022-10-07, start: 2022-10-07, reason: First rule.}
  - {lever: tool_access, level: 0.6, announced: 2024-12-02, start: 2024-12-31, reason: Second rule.}
"""

BAN = """name: ban
title: A ban
assumes: >-
  Somebody
  bans tools.
stands_for:
  - {measure: "An act (H.R. 1)", kind: bill, date: 2026-04-02, url: "https://example.org/act"}
signs:
  - It passes.
include: []
settings:
  - {lever: tool_access, level: 1.0, announced: 2026-04-02, start: 2027-07-01, end: null, reason: "It says so."}
effects:
  tool_cost: {median: 0.5}
"""

PUSH = """
name: push
title: A push
assumes: The state wants its own tools.
include: [ban]
settings:
  - {lever: own_tools, level: 0.5, start: "2027-01-01", end: 2029-01-01, reason: A plan.}
  - {lever: own_tools, level: 0.7, start: 2029-01-01, reason: A plan.}
"""


@dataclass
class Folder:
    """A data folder under test."""

    path: Path

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return file

    def faults(self, text: str | bytes, stem: str = "ban") -> list[str]:
        """What is wrong with a scenario file of this text, without the path before it."""
        file = self.write(f"scenarios/{stem}.yaml", text)
        label = f"scenarios/{stem}.yaml"
        found = [str(problem) for problem in check_scenario_file(file, self.path)]
        assert all(line.startswith(label) for line in found)
        return [line.removeprefix(label).removeprefix(", ").removeprefix(": ") for line in found]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "data")
    texts = {"priors.toml": PRIORS, "policy_priors.toml": POLICY_PRIORS, "levers.toml": LEVERS}
    scenarios = {"baseline": BASELINE, "ban": BAN, "push": PUSH}
    for name, text in (texts | {f"scenarios/{stem}.yaml": text for stem, text in scenarios.items()}).items():
        made.write(name, text)
    return made
