"""How a call wants to be answered: known from its words, whoever fails at them."""

import json
from typing import Any

import pytest

from hbm_model import cli
from hbm_model.cli.options import Output


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ([], Output()),
        (["forecast", "--debug"], Output(debug=True)),
        (["--debug", "runs", "list", "--json"], Output(debug=True, as_json=True)),
        (["--log-format", "json", "forecast"], Output(json_logs=True)),
        (["forecast", "--log-format=json"], Output(json_logs=True)),
        (["forecast", "--log-format", "text"], Output()),
    ],
)
def test_what_the_words_ask_for(words: list[str], output: Output) -> None:
    assert Output.of(words) == output


def called(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    return end.value.code, *capsys.readouterr()


@pytest.mark.parametrize("words", [["forecast", "--bogus"], ["forcast"], ["forecast", "--draws", "0"]])
def test_what_the_parser_refuses_is_exit_2_in_every_form(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(words, capsys)
    assert (code, out) == (2, "")
    assert "Usage" in err
    code, out, err = called([*words, "--log-format", "json", "--json"], capsys)
    assert code == 2
    assert json.loads(err)["exit_code"] == json.loads(out)["exit_code"] == 2
    code, out, err = called([*words, "--log-format", "json", "--debug"], capsys)
    assert (code, out) == (2, "")
    assert "Traceback" in err


def test_the_words_of_one_call_do_not_reach_the_next(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["hbm-model", "--debug", "--json"])
    code, out, err = called(["runs", "show", "--store", "nowhere"], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("hbm-model: nowhere holds no published run yet")
