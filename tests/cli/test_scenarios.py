"""`hbm-model scenarios`: what it lists, shows and refuses, on the shipped scenarios and on broken ones."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from program import exit_code

from hbm_model.policy.scenarios import load_scenarios

Outcome = tuple[int, str, str]
Command = Callable[..., Outcome]

MINE = """name: mine
title: Sites come late
assumes: >-
  Half of the gigawatts
  come a year late.
stands_for:
  - {measure: "A plan [draft]", kind: programme, date: 2026-01-05, url: "https://example.org/a/%s"}
signs:
  - Sites are put off.
include: [match_act]
settings:
  - {lever: ai_demand, level: -1.0, start: 2027-01-01, end: 2028-01-01, reason: "Permits [slow]."}
effects:
  ai_demand_hbm_share: {median: 0.5}
""" % ("long-" * 40)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> Outcome:
        return exit_code(monkeypatch, "scenarios", *words), *capsys.readouterr()

    return run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(MINE, encoding="utf-8")
    return file


@pytest.fixture
def data(tmp_path: Path, mine: Path) -> Path:
    """A data folder that holds the shipped scenarios and one of one's own."""
    from hbm_model.evidence import bundled_data

    made = tmp_path / "data"
    (made / "scenarios").mkdir(parents=True)
    for file in [*bundled_data().glob("*.toml"), *bundled_data().glob("scenarios/*.yaml")]:
        (made / file.relative_to(bundled_data())).write_bytes(file.read_bytes())
    (made / "scenarios" / "mine.yaml").write_bytes(mine.read_bytes())
    return made


def test_list_has_a_line_for_each(command: Command) -> None:
    code, out, err = command("list")
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.split() == ["name", "title", "settings", "includes"]
    assert [line.split()[0] for line in lines] == list(load_scenarios())


def test_list_for_machines(command: Command) -> None:
    rows = {row["name"]: row for row in json.loads(command("list", "--json")[1])}
    for name, scenario in load_scenarios().items():
        assert rows[name] == {
            "name": name,
            "title": scenario.title,
            "settings": len(scenario.settings),
            "include": list(scenario.include),
        }


def test_show_says_everything(command: Command, data: Path) -> None:
    code, out, err = command("show", "mine", "--data", str(data))
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert f"    https://example.org/a/{'long-' * 40}\n" in out  # an address is never broken
    words = " ".join(out.split())
    for said in (
        "mine: Sites come late",
        "Half of the gigawatts come a year late.",
        "2026-01-05 programme: A plan [draft]",
        "- Sites are put off.",
        "match_act: Allied ban",
        "ai_demand -1 ",
        "2027-01-01 2028-01-01",
        "Permits [slow].",
        "ai_demand_hbm_share: median = 0.5",
    ):
        assert said in words


@pytest.mark.parametrize("name", load_scenarios())
def test_every_shipped_scenario_is_shown(command: Command, name: str) -> None:
    scenario = load_scenarios()[name]
    code, out, _ = command("show", name)
    assert code == 0
    assert max(len(line) for line in out.splitlines() if "http" not in line) <= 120
    for measure in scenario.stands_for:
        assert f"    {measure.url}\n" in out
    for setting in scenario.settings:
        assert setting.lever in out
        assert str(setting.start) in out


def test_show_for_machines(command: Command, data: Path) -> None:
    shown = json.loads(command("show", "mine", "--data", str(data), "--json")[1])
    assert shown["include"] == ["match_act"]
    assert shown["stands_for"][0]["date"] == "2026-01-05"
    (setting,) = shown["settings"]
    assert (setting["lever"], setting["level"], setting["start"]) == ("ai_demand", -1.0, "2027-01-01")
    assert (setting["announced"], setting["end"]) == (None, "2028-01-01")
    assert (setting["range"], setting["reference"]) == ([-10.0, 20.0], 0.0)
    assert setting["unit"]
    assert shown["effects"] == {"ai_demand_hbm_share": {"median": 0.5}}


def test_show_on_a_terminal_has_its_width_and_styles() -> None:
    master, slave = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    program = [sys.executable, "-m", "hbm_model", "scenarios", "show", "match_act"]
    process = subprocess.Popen(program, stdout=slave, env=environment | {"TERM": "xterm", "COLUMNS": "90"})
    os.close(slave)
    out = b""
    try:
        while piece := os.read(master, 65536):
            out += piece
    except OSError:  # how a terminal ends
        pass
    os.close(master)
    assert process.wait() == 0
    assert b"\x1b[1mmatch_act\x1b[0m: Allied ban" in out
    plain = [line for line in out.decode().splitlines() if "http" not in line and "\x1b" not in line]
    assert 70 < max(map(len, plain)) <= 90


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "match_akt"], "there is no scenario 'match_akt'; did you mean 'match_act'?"),
        (["show"], "Missing argument"),
        (["check"], "Missing argument"),
        (["check", "none.yaml"], "none.yaml: the file is missing"),
        (["list", "--data", "none"], "none: is no data folder"),
        (["lst"], "No such command"),
    ],
)
def test_wrong_usage_is_exit_2_with_words(command: Command, words: list[str], message: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


def test_check_says_that_there_are_no_problems(command: Command, mine: Path) -> None:
    assert command("check", str(mine)) == (0, f"{mine}: no problems\n", "")
    code, out, _ = command("check", str(mine), "--json")
    assert (code, json.loads(out)) == (0, {"file": str(mine), "problems": []})


def test_check_lists_all_problems(command: Command, mine: Path) -> None:
    broken = MINE.replace("ai_demand, level: -1.0", "ai_demnd, level: no").replace("include: [m", "include: [p")
    mine.write_text(broken, encoding="utf-8")
    code, out, err = command("check", str(mine))
    assert (code, out) == (2, "")
    assert err.startswith(f"hbm-model: {mine} has 3 problems:\n")
    assert f"{mine}, line 12, key settings[0].lever: 'ai_demnd' is no lever; did you mean 'ai_demand'?" in err
    code, out, _ = command("check", str(mine), "--json")
    answer = json.loads(out)
    assert (code, answer["exit_code"]) == (2, 2)
    assert [(problem["row"], problem["column"]) for problem in answer["problems"]] == [
        (10, "include[0]"),
        (12, "settings[0].lever"),
        (12, "settings[0].level"),
    ]
    assert set(answer["problems"][0]) == {"file", "row", "column", "value", "message", "mend"}


def test_check_against_another_folder(command: Command, mine: Path, data: Path) -> None:
    (data / "scenarios" / "mine.yaml").unlink()
    assert command("check", str(mine), "--data", str(data))[0] == 0
    (data / "scenarios" / "match_act.yaml").unlink()
    assert "'match_act' is no scenario" in command("check", str(mine), "--data", str(data))[2]


def test_help_names_the_verbs_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['hbm-model', 'scenarios', '--help']\n"
        "from hbm_model.cli import main\n"
        "try: main()\n"
        "finally: print('LOADED', sorted({'pymc', 'yaml', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    assert all(verb in done.stdout for verb in ("list", "show", "check"))


def test_no_verb_needs_pymc() -> None:
    program = (
        "import sys; sys.argv = ['hbm-model', 'scenarios', 'show', 'baseline']\n"
        "from hbm_model.cli import main\n"
        "try: main()\n"
        "finally: print('LOADED', sorted({'pymc', 'arviz', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
