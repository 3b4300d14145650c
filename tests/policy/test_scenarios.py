"""Scenario files: read safely, checked whole, and refused with file, line, key and mend."""

import datetime
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hbm_model.core.errors import InputError
from hbm_model.evidence import bundled_data
from hbm_model.policy import files
from hbm_model.policy.scenarios import BASELINE, Scenario, check_scenario_file, find_scenario, load_scenarios

from .conftest import BAN, PUSH, Folder
from .conftest import BASELINE as BASELINE_TEXT

SETTING = '{lever: tool_access, level: 1.0, announced: 2026-04-02, start: 2027-07-01, end: null, reason: "It says so."}'
LINE = 12
"""The line of BAN on which its setting stands."""


def test_the_fixture_s_lines() -> None:
    assert BAN.splitlines()[LINE - 1] == f"  - {SETTING}"


# --- what is read -----------------------------------------------------------------------------------------------


def test_scenarios_are_read_baseline_first(folder: Folder) -> None:
    scenarios = load_scenarios(folder.path)
    assert list(scenarios) == ["baseline", "ban", "push"]
    ban = scenarios["ban"]
    assert (ban.title, ban.assumes, ban.signs, ban.include) == ("A ban", "Somebody bans tools.", ("It passes.",), ())
    (measure,) = ban.stands_for
    assert (measure.measure, measure.kind, measure.date) == ("An act (H.R. 1)", "bill", datetime.date(2026, 4, 2))
    assert (measure.url, measure.events) == ("https://example.org/act", ())
    (setting,) = ban.settings
    assert (setting.lever, setting.level, setting.reason) == ("tool_access", 1.0, "It says so.")
    assert (setting.announced, setting.start, setting.end) == (
        datetime.date(2026, 4, 2),
        datetime.date(2027, 7, 1),
        None,
    )
    assert ban.effects == {"tool_cost": {"median": 0.5}}
    assert ban.source == "scenarios/ban.yaml"
    push = scenarios["push"]
    assert push.include == ("ban",)
    assert (push.stands_for, push.signs, push.effects) == ((), (), {})
    assert push.settings[0].start == datetime.date(2027, 1, 1)  # written as text
    assert push.settings[0].end == push.settings[1].start
    assert find_scenario(scenarios, "push") is push


def test_a_file_of_one_s_own_may_include_the_folder_s_and_others(folder: Folder, tmp_path: Path) -> None:
    one, two = tmp_path / "mine.yaml", tmp_path / "other.yml"
    one.write_text(PUSH.replace("push", "mine").replace("[ban]", "[ban, other]"), encoding="utf-8")
    two.write_text(BAN.replace("name: ban", "name: other"), encoding="utf-8")
    scenarios = load_scenarios(folder.path, extra=[one, two])
    assert list(scenarios) == ["baseline", "ban", "push", "mine", "other"]
    assert scenarios["mine"].source == str(one)
    (problem,) = check_scenario_file(one, folder.path)
    assert str(problem) == (f"{one}, line 5, key include[1]: 'other' is no scenario; use one of ban, push.")


def test_an_empty_combination_and_an_empty_scenario_are_allowed(folder: Folder) -> None:
    assert folder.faults("name: ban\ntitle: x\nassumes: x\nsettings: []\ninclude:\n") == []
    scenario = load_scenarios(folder.path)["ban"]
    assert (scenario.settings, scenario.include) == ((), ())


def test_the_baseline_s_steps_replace_one_another(folder: Folder) -> None:
    levels = [setting.level for setting in load_scenarios(folder.path)[BASELINE].settings]
    assert levels == [0.3, 0.6]


def test_ids_of_policy_events_are_held_against_the_evidence(folder: Folder) -> None:
    text = BAN.replace('url: "https://example.org/act"', 'url: "https://example.org/act", event: pol9999')
    text = text.replace("end: null", "event: [pol004, pol9998]")
    assert folder.faults(text) == []  # no evidence beside it
    shutil.copy(bundled_data() / "datapackage.json", folder.path)
    shutil.copytree(bundled_data() / "claims", folder.path / "claims")
    first, second = folder.faults(text)
    assert first.startswith("line 7, key stands_for[0].event: 'pol9999' is no id of policy_events.csv")
    assert second.startswith(f"line {LINE}, key settings[0].event[1]: 'pol9998' is no id of policy_events.csv")


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        ("title: A ban\n", "", "line 1: lacks the key 'title'; add it: what it is, in a line."),
        (
            "title: A ban",
            "titel: A ban",
            "line 2, key titel: 'titel' is no key here, and 'title' is missing; rename it",
        ),
        ("title: A ban", "title: A ban\nsign: [x]", "line 3, key sign: 'sign' is no key here; remove it."),
        ("title: A ban", "title:", "line 2, key title: is nothing, where text is needed"),
        ("title: A ban", "title: ' '", "line 2, key title: ' ' is empty; write it in words."),
        ("title: A ban", "title: 12", "line 2, key title: '12' is a number, where text is needed"),
        ("title: A ban", "title: yes", "line 2, key title: 'True' is true or false, where text is needed"),
        ("title: A ban", r'title: "a\e[2Jb"', "line 2, key title: 'a\\x1b[2Jb' holds characters that cannot be shown"),
        (
            "title: A ban",
            r'title: "a\uD800b"',
            "line 2, key title: 'a\\\\ud800b' holds characters that cannot be shown",
        ),
        ("title: A ban", "title: A ban\ntitle: Two", "line 3, key title: stands there already, on line 2; remove one"),
        (
            "title: A ban",
            "title: A ban\nyes: x",
            "line 3: 'yes' is no key; write keys as plain words, and words like yes",
        ),
        ("title: A ban", "title: A ban\n3: x", "line 3: '3' is no key"),
        ("title: A ban", "title: A ban\n<<: {a: 1}", "line 3: '<<' is no key"),
        ("title: A ban", "title: A ban\n? [a]\n: x", "line 3: is no key"),
        ("  Somebody\n  bans tools.", "", "key assumes: is empty"),
        (
            "name: ban",
            "name: bann",
            "line 1, key name: 'bann' is not the name of the file, ban; make the two the same.",
        ),
        ("It passes.", "", "key signs[0]: is nothing, where text is needed"),
        (
            "signs:\n  - It passes.",
            "signs: It passes.",
            "line 8, key signs: 'It passes.' is text, where a list is needed",
        ),
        (
            "kind: bill, ",
            "",
            "line 7, key stands_for[0]: lacks the key 'kind'; add it: what it is: bill, regulation, pro",
        ),
        ("date: 2026-04-02", "date: 2026-13-02", "key stands_for[0].date: '2026-13-02' is no date; look the date up"),
        (
            "https://example.org/act",
            "ftp://example.org",
            "key stands_for[0].url: 'ftp://example.org' is no web address",
        ),
        ("https://example.org/act", "example.org", "key stands_for[0].url: 'example.org' is no web address"),
        ("tool_access, l", "tool_acess, l", "settings[0].lever: 'tool_acess' is no lever; did you mean 'tool_access'?"),
        ("lever: tool_access, ", "", "settings[0]: lacks the key 'lever'"),
        ("level: 1.0", "levl: 1.0", "settings[0].levl: 'levl' is no key here, and 'level' is missing; rename it to"),
        (
            "level: 1.0",
            "level: 1.4",
            "settings[0].level: '1.4' lies outside 0 to 1; the unit is: share of the need that",
        ),
        ("level: 1.0", "level: -0.1", "settings[0].level: '-0.1' lies outside 0 to 1"),
        ("level: 1.0", 'level: "1.0"', "settings[0].level: '1.0' is text, where a number is needed; write digits"),
        ("level: 1.0", "level: on", "settings[0].level: 'True' is true or false, where a number is needed"),
        ("level: 1.0", "level: .nan", "settings[0].level: 'nan' is no finite number"),
        ("level: 1.0", "level: .inf", "settings[0].level: 'inf' is no finite number"),
        ("level: 1.0", f"level: 1{'0' * 400}", "is no finite number"),
        ("level: 1.0", f"level: 1{'0' * 5000}", "settings[0].level: '1000"),
        ("level: 1.0", "level: !!int x", "settings[0].level: 'x' is no int; write it plainly."),
        (
            "start: 2027-07-01",
            "start: 2027-02-30",
            "settings[0].start: '2027-02-30' is no date; look the date up again",
        ),
        ("start: 2027-07-01", 'start: "2027-02-30"', "'2027-02-30' is a day that the calendar does not have"),
        ("start: 2027-07-01", "start: 2027-07", "settings[0].start: '2027-07' is no date; write it as YYYY-MM-DD."),
        ("start: 2027-07-01", "start: 2027", "settings[0].start: '2027' is a number, where a date is needed"),
        ("start: 2027-07-01", "start: 2027-07-01 10:00:00", "is a time of day, where a date is needed"),
        ("start: 2027-07-01", "start: 2207-07-01", "'2207-07-01' lies outside the years 2000 to 2100"),
        ("start: 2027-07-01", "start: null", "settings[0].start: is nothing, where a date is needed"),
        ("end: null", "end: 2027-01-01", "settings[0].end: '2027-01-01' does not lie after the start, 2027-07-01"),
        ("end: null", "end: 2027-07-01", "settings[0].end: '2027-07-01' does not lie after the start, 2027-07-01"),
        ("announced: 2026-04-02", "announced: 2028-01-01", "announced: '2028-01-01' lies after the start, 2027-07-01"),
        ("announced: 2026-04-02", "announced: soon", "settings[0].announced: 'soon' is no date"),
        ('reason: "It says so."', 'reason: ""', "settings[0].reason: is empty"),
        (
            f"- {SETTING}",
            "- tool_access",
            "settings[0]: 'tool_access' is text, where a table of keys is needed; write the",
        ),
        (f"\n  - {SETTING}", " {}", "line 11, key settings: is a table of keys, where a list is needed"),
        ("include: []", "include: [bann]", "line 10, key include[0]: 'bann' is no scenario; use one of push."),
        ("include: []", "include: [pusch]", "key include[0]: 'pusch' is no scenario; did you mean 'push'?"),
        (
            "include: []",
            "include: [baseline]",
            "key include[0]: 'baseline' holds in every scenario and is not included",
        ),
        ("include: []", "include: [3]", "key include[0]: '3' is a number, where text is needed"),
        (
            "include: []",
            "include: [ban]",
            "key include: leads back to itself: ban -> ban; remove one of these from its",
        ),
        ("include: []", "include: [push]", "key include: leads back to itself: ban -> push -> ban"),
        (
            "  tool_cost: {",
            "  tool_cots: {",
            "effects.tool_cots: 'tool_cots' is no prior of a lever; did you mean 'tool_cost'",
        ),
        ("  tool_cost: {", "  cadence: {", "line 14, key effects.cadence: 'cadence' is no prior of a lever"),
        ("{median: 0.5}", "{mean: 0.5}", "key effects.tool_cost: lognormal has no parameter 'mean'"),
        ("{median: 0.5}", "{median: -1}", "key effects.tool_cost: median = -1.0 must be positive"),
        ("{median: 0.5}", "{median: much}", "key effects.tool_cost.median: 'much' is text, where a number is needed"),
        ("{median: 0.5}", "0.5", "key effects.tool_cost: '0.5' is a number, where a table of keys is needed"),
        ("{median: 0.5}", "{}", "key effects.tool_cost: changes nothing"),
        (
            "title: A ban",
            "title: &a A ban",
            "line 2: is no YAML that is read here (anchors and aliases (& and *) are not",
        ),
        ("title: A ban", "title: [A ban", "is no YAML that is read here (while parsing a flow"),
        ("title: A ban", "title: A: ban", "line 2: is no YAML that is read here (mapping values are not allowed here)"),
        (
            "title: A ban",
            "\ttitle: A ban",
            "line 2: is no YAML that is read here (while scanning for the next token, found",
        ),
        ("title: A ban", "title: a\x00b", "line 2: the file is no text (it holds control characters"),
        ("title: A ban", "title: A ban\n---\nname: two", "expected a single document in the stream"),
        (
            "title: A ban",
            "title: " + "[" * 40 + "]" * 40,
            "line 2: is no YAML that is read here (is nested too deeply)",
        ),
        ("title: A ban", "title: !!binary aGk=", "key title: has the tag !!binary, and tags are not read here"),
        ("title: A ban", "title: !!set {a}", "key title: has the tag !!set, and tags are not read here"),
        ("title: A ban", "title: !mine x", "key title: has the tag !mine, and tags are not read here"),
    ],
)
def test_each_fault_is_told_with_line_and_key(folder: Folder, found: str, put: str, message: str) -> None:
    assert BAN.count(found) == 1
    (said,) = folder.faults(BAN.replace(found, put))
    assert message in said
    with pytest.raises(InputError):
        load_scenarios(folder.path)


def test_the_line_of_a_setting_is_told(folder: Folder) -> None:
    (said,) = folder.faults(BAN.replace("level: 1.0", "level: 2"))
    assert said.startswith(f"line {LINE}, key settings[0].level: '2' lies outside 0 to 1; ")


def test_all_faults_of_all_files_are_told_at_once(folder: Folder) -> None:
    folder.write("scenarios/ban.yaml", BAN.replace("level: 1.0", "level: 2").replace("title: A ban\n", ""))
    folder.write("scenarios/push.yaml", PUSH.replace("own_tools", "tools").replace("title:", "titel:"))
    with pytest.raises(InputError) as caught:
        load_scenarios(folder.path)
    assert len(caught.value.problems) == 5
    assert "has 5 problems" in str(caught.value)
    assert {problem.file for problem in caught.value.problems} == {"scenarios/ban.yaml", "scenarios/push.yaml"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\ufeff \n", "the file is empty"),
        ("# a comment\n", "the file holds nothing but comments"),
        ("---\n", "is no table of keys"),
        ("- a\n- b\n", "line 1: is no table of keys; write lines of the form `key: value`."),
        ("just words", "line 1: 'just words' is no table of keys"),
        (BAN.encode("utf-16"), "the file is UTF-16, not UTF-8; save it as plain text, UTF-8."),
        (BAN.replace("A ban", "Verbot für").encode("latin-1"), "line 2: the file is not UTF-8 (byte 0xfc)"),
        (BAN + "#" + "x" * files.LARGEST, "the file has more than 256 kB"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: the file is not UTF-8 (byte 0x89)"),
    ],
)
def test_a_broken_file_is_refused(folder: Folder, text: str | bytes, message: str) -> None:
    (said,) = folder.faults(text)
    assert message in said


def test_a_byte_order_mark_is_no_fault(folder: Folder) -> None:
    assert folder.faults("\ufeff" + BAN) == []


def test_what_is_no_file_is_refused(folder: Folder, tmp_path: Path) -> None:
    def said(path: Path) -> str:
        (problem,) = check_scenario_file(path, folder.path)
        return str(problem)

    assert "is a folder, not a file; name the file" in said(tmp_path)
    assert "the file is missing" in said(tmp_path / "none.yaml")
    assert "the file cannot be read (File name too long)" in said(tmp_path / ("x" * 300 + ".yaml"))
    assert "the file cannot be read" in said(Path("a\0b.yaml"))
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "is no file" in said(tmp_path / "pipe.yaml")


def test_aliases_cannot_swell_a_file(folder: Folder) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    (said,) = folder.faults(bomb)
    assert "anchors and aliases (& and *) are not read here" in said


@pytest.mark.parametrize(
    "value",
    [
        '!!python/object/apply:os.system ["touch MARK"]',
        '!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ["MARK"]]',
        "!!python/object/new:os.system [touch MARK]",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!!python/object:os.system {command: touch MARK}",
    ],
)
@pytest.mark.parametrize("place", ["title: A ban", "level: 1.0", "- It passes.", "{median: 0.5}"])
def test_code_in_a_file_is_refused_and_not_run(folder: Folder, tmp_path: Path, value: str, place: str) -> None:
    mark = tmp_path / "mark"
    head = {"t": "title: ", "l": "level: ", "-": "- ", "{": ""}[place[0]]
    said = folder.faults(BAN.replace(place, head + value.replace("MARK", str(mark))))
    assert len(said) == 1
    assert "has the tag" in said[0] or "is no YAML" in said[0]
    assert not mark.exists()


# --- settings of one lever --------------------------------------------------------------------------------------


def two(first: str, second: str) -> str:
    rows = "".join(f"  - {{lever: own_tools, level: 0.5, reason: A plan., {dates}}}\n" for dates in (first, second))
    return f"name: ban\ntitle: x\nassumes: x\nsettings:\n{rows}"


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("start: 2027-01-01, end: 2028-01-01", "start: 2027-12-31", 6),
        ("start: 2027-12-31", "start: 2027-01-01, end: 2028-01-01", 5),
        ("start: 2027-01-01", "start: 2027-06-01", 6),
        ("start: 2027-01-01", "start: 2027-01-01", 6),
        ("start: 2027-01-01, end: 2030-01-01", "start: 2028-01-01, end: 2029-01-01", 6),
    ],
)
def test_settings_of_one_lever_may_not_overlap(folder: Folder, first: str, second: str, line: int) -> None:
    (said,) = folder.faults(two(first, second))
    assert said.startswith(f"line {line}, key settings[{line - 5}]: sets own_tools from 202")
    assert said.endswith("let the earlier one end before, or remove one.")


def test_settings_may_follow_one_another(folder: Folder) -> None:
    assert folder.faults(two("start: 2027-01-01, end: 2028-01-01", "start: 2028-01-01")) == []
    assert folder.faults(two("start: 2028-01-01", "start: 2027-01-01, end: 2027-06-01")) == []


# --- the baseline -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        ("settings:", "include: [ban]\nsettings:", "key include: is not for the baseline"),
        (
            "announced: 2022-10-07, ",
            "",
            "key settings[0]: lacks the key 'announced'; add it: an earlier as-of date needs",
        ),
        ("announced: 2022-10-07", "announced: null", "key settings[0]: lacks the key 'announced'"),
        ("start: 2024-12-31", "start: 2022-10-07, announced: 2022-10-06", "key settings[1]: sets tool_access from"),
        (
            "start: 2022-10-07,",
            "start: 2022-10-07, end: 2025-01-01,",
            "key settings[1]: sets tool_access from 2024-12-31",
        ),
    ],
)
def test_the_baseline_has_rules_of_its_own(folder: Folder, found: str, put: str, message: str) -> None:
    text = BASELINE_TEXT.replace(found, put).replace("announced: 2024-12-02, start: 2022", "start: 2022")
    (said,) = folder.faults(text, "baseline")
    assert message in said


def test_there_must_be_a_baseline(folder: Folder) -> None:
    (folder.path / "scenarios" / "baseline.yaml").unlink()
    with pytest.raises(InputError, match=r"scenarios/baseline\.yaml: the file is missing"):
        load_scenarios(folder.path)


def test_the_baseline_cannot_be_overridden(folder: Folder, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(BASELINE_TEXT, encoding="utf-8")
    (problem,) = check_scenario_file(file, folder.path)
    assert "has the name of scenarios/baseline.yaml; give it another: the baseline is what" in str(problem)
    with pytest.raises(InputError, match="give it another"):
        load_scenarios(folder.path, [file])


# --- several files ----------------------------------------------------------------------------------------------


def test_two_scenarios_may_not_share_a_name(folder: Folder, tmp_path: Path) -> None:
    file = tmp_path / "ban.yaml"
    file.write_text(BAN, encoding="utf-8")
    with pytest.raises(InputError, match=r"ban\.yaml: has the name of scenarios/ban\.yaml; give it a name of its own"):
        load_scenarios(folder.path, [file])


def test_a_file_of_the_folder_can_be_checked_in_its_place(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert check_scenario_file(folder.path / "scenarios" / "ban.yaml", folder.path) == []
    monkeypatch.chdir(folder.path / "scenarios")
    assert check_scenario_file("ban.yaml", folder.path) == []


def test_only_the_file_s_own_faults_are_told(folder: Folder, tmp_path: Path) -> None:
    folder.write("scenarios/push.yaml", "broken")
    file = tmp_path / "mine.yaml"
    file.write_text(BAN.replace("name: ban", "name: mine").replace("include: []", "include: [push]"), encoding="utf-8")
    assert check_scenario_file(file, folder.path) == []
    with pytest.raises(InputError, match=r"scenarios/push\.yaml, line 1: 'broken' is no table of keys"):
        load_scenarios(folder.path, [file])


def test_a_long_cycle_is_named_in_full(folder: Folder) -> None:
    for name, include in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        text = BAN.replace("name: ban", f"name: {name}").replace("include: []", f"include: [{include}]")
        folder.write(f"scenarios/{name}.yaml", text)
    with pytest.raises(InputError) as caught:
        load_scenarios(folder.path)
    said = str(caught.value)
    assert "has 3 problems" in said  # d is in no cycle, though it leads into one
    for cycle in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c"):
        assert cycle in said


def test_included_scenarios_may_not_disagree_about_an_effect(folder: Folder, tmp_path: Path) -> None:
    other, both = tmp_path / "other.yaml", tmp_path / "both.yaml"
    other.write_text(BAN.replace("name: ban", "name: other"), encoding="utf-8")
    plain = "name: both\ntitle: x\nassumes: x\nsettings: []\ninclude: [other, push]\n"
    both.write_text(plain, encoding="utf-8")
    assert "both" in load_scenarios(folder.path, [other, both])  # they say the same
    other.write_text(BAN.replace("name: ban", "name: other").replace("median: 0.5", "median: 0.6"), encoding="utf-8")
    said = "line 5, key include: makes median of tool_cost both 0.5 (ban) and 0.6 (other); change it in one of them"
    with pytest.raises(InputError, match=re.escape(said)):
        load_scenarios(folder.path, [other, both])
    folder.write("scenarios/other.yaml", other.read_bytes())
    (problem,) = check_scenario_file(both, folder.path)
    assert said in str(problem)
    both.write_text(plain.replace("other, push", "push, other"), encoding="utf-8")
    assert said in str(check_scenario_file(both, folder.path)[0])


def test_a_file_that_would_never_be_read_is_told(folder: Folder) -> None:
    folder.write("scenarios/mine.yml", BAN)
    with pytest.raises(InputError, match=r"scenarios/mine\.yml: is not read; rename it to mine\.yaml"):
        load_scenarios(folder.path)


@pytest.mark.parametrize("name", ["my-ban", "Ban", "2ban", "bän"])
def test_names_are_plain_words(folder: Folder, name: str) -> None:
    (said,) = folder.faults(BAN.replace("name: ban", f"name: {name}"), name)
    assert "is no name of a scenario; write it in small letters, digits and underscores" in said


def test_an_unknown_scenario_is_told_with_the_near_one(folder: Folder) -> None:
    with pytest.raises(InputError, match="there is no scenario 'pusch'; did you mean 'push'"):
        find_scenario(load_scenarios(folder.path), "pusch")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no data folder"):
        load_scenarios(tmp_path / "none")


# --- anything at all --------------------------------------------------------------------------------------------

KEYS = ["name", "title", "assumes", "settings", "stands_for", "signs", "include", "effects"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=8),
    st.sampled_from(["ban", "push", "baseline", "tool_access", "2027-07-01", "https://example.org/"]),
)
WORDS = st.one_of(
    st.sampled_from([*KEYS, "lever", "level", "start", "end", "reason", "tool_cost", "median"]), st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)
ROUGH = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def load_or_refuse(folder: Folder, text: str | bytes) -> Iterator[Scenario]:
    folder.write("scenarios/ban.yaml", text)
    problems = check_scenario_file(folder.path / "scenarios" / "ban.yaml", folder.path)
    assert all(str(problem).isprintable() for problem in problems)
    for problem in problems:
        "".join(map(str, vars(problem).values())).encode()  # any output takes it
    try:
        scenarios = load_scenarios(folder.path)
    except InputError:
        return
    assert not problems
    yield scenarios["ban"]


@ROUGH
@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), SCALARS.filter(lambda key: key == key)), SCALARS, max_size=10))
def test_any_mapping_of_scalars_loads_or_is_refused(folder: Folder, values: dict[Any, Any]) -> None:
    list(load_or_refuse(folder, yaml.safe_dump(values, allow_unicode=True).encode("utf-8", "surrogatepass")))


@ROUGH
@given(st.fixed_dictionaries({"name": st.just("ban")}, optional=dict.fromkeys(KEYS[1:], VALUES)))
def test_any_values_of_the_right_keys_load_or_are_refused(folder: Folder, values: dict[str, Any]) -> None:
    list(load_or_refuse(folder, yaml.safe_dump(values).encode("utf-8", "surrogatepass")))


@ROUGH
@given(st.text() | st.binary())
def test_any_text_loads_or_is_refused(folder: Folder, text: str | bytes) -> None:
    list(load_or_refuse(folder, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text))


@ROUGH
@given(st.integers(0, len(BAN)), st.integers(0, 12), st.text("{}[]:,-?!&*#|>@`\"'%\n\t 0x1_.~<=yes", max_size=6))
def test_any_slip_of_the_pen_loads_or_is_refused(folder: Folder, at: int, gone: int, put: str) -> None:
    for scenario in load_or_refuse(folder, BAN[:at] + put + BAN[at + gone :]):
        assert scenario.name == "ban"
        assert all(0 <= setting.level <= 1 for setting in scenario.settings)


# --- the shipped scenarios --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> dict[str, Scenario]:
    return load_scenarios()


def test_the_shipped_scenarios(shipped: dict[str, Scenario]) -> None:
    assert list(shipped) == [
        *("baseline", "ai_factory_boom", "china_push", "china_talent", "china_talent_cut", "controls_relaxed"),
        *("dram_supercycle", "hbm_sales_allowed", "korea_partner", "korea_walls", "match_act"),
    ]
    for scenario in shipped.values():
        assert len(scenario.assumes.split()) >= 20, scenario.name
        assert scenario.stands_for, scenario.name
        assert scenario.signs, scenario.name
        assert check_scenario_file(bundled_data() / scenario.source) == []


def test_the_measures_behind_them_stand_in_the_evidence(shipped: dict[str, Scenario], vintage: Any) -> None:
    known = set(vintage.tables["policy_events"]["id"])
    for scenario in shipped.values():
        events = {event for each in (*scenario.stands_for, *scenario.settings) for event in each.events}
        assert events <= known, scenario.name


def test_the_baseline_holds_what_was_decided_and_nothing_that_is_proposed(
    shipped: dict[str, Scenario], vintage: Any
) -> None:
    events = vintage.tables["policy_events"].set_index("id")
    for setting in shipped[BASELINE].settings:
        assert setting.announced is not None
        assert setting.announced <= vintage.as_of
        assert setting.events, f"{setting.lever} from {setting.start}"
        assert not (events.loc[list(setting.events), "status"] == "proposed").any(), setting.events
