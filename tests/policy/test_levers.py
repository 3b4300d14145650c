"""The levers file: read whole, or refused with every fault named."""

import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from hbm_model.core.errors import InputError
from hbm_model.core.industry import BLOCS
from hbm_model.core.priors import Priors, load_priors
from hbm_model.policy.levers import TARGETS, WHOM, Effect, Lever, load_levers

from .conftest import LEVERS, Folder


def load(folder: Folder) -> dict[str, Lever]:
    return load_levers(folder.path / "levers.toml", load_priors(folder.path))


def refusal(folder: Folder, text: str | bytes) -> str:
    folder.write("levers.toml", text)
    with pytest.raises(InputError) as caught:
        load(folder)
    return str(caught.value)


def test_a_file_is_read(folder: Folder) -> None:
    levers = load(folder)
    assert list(levers) == ["tool_access", "own_tools"]
    access = levers["tool_access"]
    assert (access.low, access.high, access.reference) == (0.0, 1.0, 0.0)
    assert (access.onset, access.erosion, access.lasting) == ("onset", "erosion", "lasting")
    assert access.effects == (
        Effect("tool_cost", "tool_cost", "china", 1, informed=True),
        Effect("open_sign", "clock_speed", "china", 1),
    )
    assert [effect.part for effect in access.effects] == ["capacity", "clock"]
    assert access.priors == {"onset", "erosion", "lasting", "tool_cost", "open_sign"}
    own = levers["own_tools"]
    assert (own.erosion, own.lasting, dict(own.shields), own.shield_onset) == (
        None,
        None,
        {"tool_access": 0.5},
        "onset",
    )
    with pytest.raises(FrozenInstanceError):
        own.low = 0.0  # type: ignore[misc]


def test_the_targets_and_their_parts() -> None:
    assert list(TARGETS) == [
        *("clock_speed", "learning_speed", "start_loss", "floor_loss"),
        *("investment", "capital", "tool_cost", "hbm_share", "realised"),
    ]
    assert list(dict.fromkeys(TARGETS.values())) == ["clock", "ramp", "capacity", "demand"]
    assert set(WHOM) == {*BLOCS, "all"}


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        ("[tool_access]", "[Tool-Access]", "key Tool-Access: 'Tool-Access' is no name of a lever; write it in small"),
        ('title = "Access to tools"\n', "", "key tool_access: lacks the key 'title'; add it: a few words."),
        (
            'title = "Access to tools"',
            'titel = "x"',
            "tool_access.titel: 'titel' is no key here, and 'title' is missing",
        ),
        ('title = "Access to tools"', 'title = " "', "key tool_access.title: ' ' is empty"),
        ('title = "Access to tools"', "title = 3", "key tool_access.title: '3' is a number, where text is needed"),
        ('onset = "onset"\nerosion', 'colour = "red"\nonset = "onset"\nerosion', "'colour' is no key here"),
        ("range = [0.0, 1.0]", "range = [1.0, 0.0]", "tool_access.range: does not rise from 1 to 0"),
        ("range = [0.0, 1.0]", "range = [0.0, 0.0]", "tool_access.range: does not rise"),
        ("range = [0.0, 1.0]", "range = [0.0]", "tool_access.range: has 1 numbers, where two are needed"),
        ("range = [0.0, 1.0]", "range = 1.0", "tool_access.range: '1.0' is a number, where a list is needed"),
        ("range = [0.0, 1.0]", 'range = [0.0, "1"]', "tool_access.range[1]: '1' is text, where a number is needed"),
        ("range = [0.0, 1.0]", "range = [0.0, inf]", "tool_access.range[1]: 'inf' is no finite number"),
        ("reference = 0.0", "reference = 1.5", "tool_access.reference: '1.5' lies outside the range, 0 to 1"),
        ("reference = 0.0", "reference = true", "'True' is true or false, where a number is needed"),
        ('onset = "onset"\nerosion', 'onset = "onsett"\nerosion', "'onsett' is no prior; did you mean 'onset'?"),
        ('onset = "onset"\nerosion', 'onset = "lasting"\nerosion', "is a constant prior; name one that is lognormal"),
        (
            'onset = "onset"\nerosion',
            'onset = "by_bloc"\nerosion',
            "is a prior by bloc; name one that has a single value",
        ),
        ('lasting = "lasting"\n', "", "tool_access.erosion: stands without 'lasting'"),
        ('erosion = "erosion"\n', "", "tool_access.lasting: stands without 'erosion'"),
        ('lasting = "lasting"', 'lasting = "too_much"', "tool_access.lasting: 'too_much' is 1.5, which is no share"),
        ('lasting = "lasting"', 'lasting = "erosion"', "is a lognormal prior; name one that is constant"),
        ('prior = "tool_cost"\ntarget = "tool_cost"', 'prior = "tol_cost"\ntarget = "tool_cost"', "mean 'tool_cost'?"),
        ('prior = "tool_cost"\ntarget = "tool_cost"', 'prior = "by_bloc"\ntarget = "tool_cost"', "is a prior by bloc"),
        ('target = "clock_speed"', 'target = "clock"', "tool_access.effects[1].target: 'clock' is no target; did you"),
        (
            'bloc = "china"\nsign = 1\ninformed',
            'bloc = "japan"\nsign = 1\ninformed',
            "use one of korea, us, china, all",
        ),
        ("sign = -1", "sign = -2", "own_tools.effects[0].sign: '-2' is no sign; write 1 or -1"),
        ("sign = -1", 'sign = "-"', "own_tools.effects[0].sign: '-' is text, where a number is needed"),
        ('"clock_speed"\nbloc = "china"\nsign = 1', '"clock_speed"\nbloc = "us"\nsign = -1', "leaves the sign open"),
        ("informed = true", "informed = 1", "effects[0].informed: '1' is a number, where true or false is needed"),
        ("sign = -1", "", "own_tools.effects[0]: lacks the key 'sign'; add it: 1 or -1"),
        ("{ tool_access = 0.5 }", "{ tool_acces = 0.5 }", "shields.tool_acces: 'tool_acces' is no lever"),
        ("{ tool_access = 0.5 }", "{ own_tools = 0.5 }", "'own_tools' is the lever itself; name another lever"),
        ("{ tool_access = 0.5 }", "{ tool_access = 1.5 }", "own_tools.shields.tool_access: '1.5' lies outside 0 to 1"),
        ('shield_onset = "onset"\n', "", "own_tools.shields: stands without 'shield_onset'"),
        ("[own_tools]", "own_tool = 3\n[own_tools]", "key tool_access.effects[1].own_tool: 'own_tool' is no key here"),
        ("range = [0.0, 1.0]", "range = ", "is no TOML"),
    ],
)
def test_each_fault_is_told_with_its_key(folder: Folder, found: str, put: str, message: str) -> None:
    assert LEVERS.count(found) == 1
    assert message in refusal(folder, LEVERS.replace(found, put))


def test_all_faults_are_told_at_once(folder: Folder) -> None:
    text = (
        LEVERS.replace("sign = -1", "sign = 0")
        .replace("reference = 0.0", "reference = -1")
        .replace("own_tools.eff", "x.eff")
    )
    message = refusal(folder, text)
    assert "has 9 problems" in message
    for words in (
        "tool_access.reference",
        "own_tools: lacks the key 'effects'",
        "x.effects[0].sign",
        "x: lacks the key",
    ):
        assert words in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "holds no lever"),
        ("tool_access = 3", "key tool_access: '3' is a number, where a table of keys is needed"),
        (b"title = '\xff'", "the file is not UTF-8 (byte 0xff)"),
        (
            LEVERS.split("[[own", maxsplit=1)[0] + "effects = []\n",
            "own_tools.effects: is empty; say what the lever moves",
        ),
        ("a = " + "[" * 5000 + "]" * 5000, "levers.toml: is no TOML"),
    ],
)
def test_a_broken_file_is_refused(folder: Folder, text: str | bytes, message: str) -> None:
    assert message in refusal(folder, text)


def test_a_missing_file_is_told(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file is missing"):
        load_levers(tmp_path / "none.toml", load_priors(folder.path))


# --- the shipped file -------------------------------------------------------------------------------------------


def test_the_shipped_levers(priors: Priors) -> None:
    levers = load_levers()
    assert list(levers) == [
        *("immersion_access", "etch_deposition_access", "tool_servicing", "hbm_sales", "china_capital"),
        *("domestic_tools", "talent_flow", "korea_capital", "ai_fabs", "localisation", "ai_demand", "dram_margin"),
    ]
    for lever in levers.values():
        assert len(lever.description.split()) >= 10, lever.name
        assert all(math.isfinite(level) for level in (lever.low, lever.high, lever.reference))
    assert {effect.part for lever in levers.values() for effect in lever.effects} == set(TARGETS.values())


def test_the_priors_of_levers_are_no_priors_of_the_industry() -> None:
    """But those that say how an effect arrives may be shared among levers."""
    from hbm_model.evidence import bundled_data

    industry = load_priors(bundled_data() / "priors.toml")
    assert not {name for lever in load_levers().values() for name in lever.priors} & set(industry.table)
