from pathlib import Path

from hbm_model.core.errors import InputError, choice, nearest, refuse
from hbm_model.evidence import Problem, describe


def test_a_problem_reads_as_one_line() -> None:
    problem = Problem("claims/yields.csv", 7, "high", "180", "lies above 100", "look it up again")
    assert str(problem) == "claims/yields.csv, row 7, column high: '180' lies above 100; look it up again."
    assert (
        str(Problem("a.csv", None, "", "", "the file is empty", "restore it"))
        == "a.csv: the file is empty; restore it."
    )


def test_nothing_in_it_is_obeyed_by_a_terminal_or_ends_the_line() -> None:
    text = str(Problem("a.csv", 1, "\x1b[2Jname\n", "\u202e" * 99, "is \u009bred", "mend"))
    assert text.isprintable()
    assert len(text) < 600


def test_a_slip_is_nearer_than_another_case() -> None:
    known = ["SK hynix", "sk_hynix", "Samsung", "samsung", "micron"]
    assert nearest("samsng", known) == "samsung"
    assert nearest("Samsng", known) == "Samsung"
    assert nearest("MICRON", known) == "micron"
    assert nearest(" sk_hynix", known) == "sk_hynix"
    assert nearest("zzz", known) is None


def test_the_mend_of_an_unknown_word() -> None:
    assert choice("lowr", ["none", "lower"], "add it") == "did you mean 'lower'? Else add it"
    assert choice("x", ["none", "lower"], "add it") == "use one of none, lower"
    assert choice("x", [f"word{i:02}" for i in range(20)], "add it") == "add it"
    assert choice("x", [], "add it") == "add it"


def test_a_long_list_is_cut_and_the_error_holds_it_all() -> None:
    problems = [Problem("a.csv", row, "", "", "is wrong", "mend it") for row in range(60)]
    assert describe(problems).splitlines()[-1] == "... and 10 more"
    assert len(describe(problems, shown=3).splitlines()) == 4
    error = refuse(problems, Path("data"))
    assert isinstance(error, InputError)
    assert len(error.problems) == 60
    assert str(refuse(problems[:1], Path("data"))).startswith("the evidence in data has a problem:\na.csv, row 0")
