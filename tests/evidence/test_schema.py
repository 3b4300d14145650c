import json
import shutil
from typing import Any

import pytest

from hbm_model.core.errors import InputError, Problem
from hbm_model.evidence import bundled_data, check_data, load_evidence
from hbm_model.evidence.questions import load_questions
from hbm_model.evidence.rules import RULES as IMPLEMENTED
from hbm_model.evidence.schema import DESCRIPTOR, RULES, Package, read_package

from .conftest import Folder

CLAIMS = {
    "yields",
    "milestones",
    "capacity",
    "investment",
    "market",
    "external_forecasts",
    "policy_events",
    "policy_effects",
    "specs",
    "accelerators",
}


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return json.loads((bundled_data() / DESCRIPTOR).read_text(encoding="utf-8"))


def test_the_package_declares_every_table(content: dict[str, Any]) -> None:
    package = read_package(bundled_data())
    assert isinstance(package, Package)
    assert {table.name for table in package.of_role("claims")} == CLAIMS
    assert {table.name for table in package.of_role("reference")} == {"vendors", "generations", "origins", "publishers"}
    assert [table.name for table in package.of_role("corrections")] == ["corrections"]
    assert package.observed_through.isoformat() == content["observed_through"] == "2026-07-01"
    assert content["licenses"][0]["name"] == "CC-BY-4.0"


def test_every_column_is_described(content: dict[str, Any]) -> None:
    for resource in content["resources"]:
        for field in resource.get("schema", {"fields": []})["fields"]:
            assert field["description"], (resource["name"], field["name"])


def test_every_file_of_the_package_is_there(content: dict[str, Any]) -> None:
    assert all((bundled_data() / resource["path"]).is_file() for resource in content["resources"])


def test_claims_are_identified_dated_and_sourced() -> None:
    package = read_package(bundled_data())
    assert isinstance(package, Package)
    for table in package.of_role("claims"):
        for name in ("id", "publisher", "url", "claim_group", table.published):
            assert table.fields[name].required, (table.name, name)
        assert table.fields["id"].constraints["unique"]


def test_every_rule_of_the_schema_is_implemented() -> None:
    assert set(RULES) == set(IMPLEMENTED)


@pytest.mark.parametrize(
    ("table", "rule"), [("capacity", "units"), ("market", "units"), ("market", "range"), ("investment", "range")]
)
def test_rules_about_metrics_leave_none_out(table: str, rule: str, content: dict[str, Any]) -> None:
    """A rule lets pass what it does not name; of all metrics, only a profit may be any number."""
    resource = next(each for each in content["resources"] if each["name"] == table)
    metric = next(field for field in resource["schema"]["fields"] if field["name"] == "metric")
    rules = [each for each in resource["rules"] if each["rule"] == rule]
    named = {name for each in rules for name in each.get("allowed") or each["where"]["metric"]}
    assert named == set(metric["constraints"]["enum"]) - {"profit"}


def change(folder: Folder, edit: str) -> Problem:
    """Edit the descriptor of a folder, and return the first problem that it then has."""
    edit_descriptor(folder, edit)
    return check_data(folder.path)[0]


def edit_descriptor(folder: Folder, edit: str) -> None:
    """Edit the descriptor of a folder by a statement on `d`, its content, and `yields`, its first resource."""
    path = folder.path / DESCRIPTOR
    content = json.loads(path.read_text(encoding="utf-8"))
    exec(edit, {"d": content, "yields": content["resources"][0]})
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ("del d['observed_through']", "lacks the key 'observed_through'"),
        ("d['observed_through'] = 'today'", "Invalid isoformat"),
        ("del d['resources']", "lacks the key 'resources'"),
        ("d['resources'] = 3", "is no schema of ours"),
        ("del d['resources'][0]", "declares no table yields"),
        ("del yields['schema']['fields'][-1]", "declares no column claim_group of type string in yields"),
        ("del yields['role']", "lacks the key 'role'"),
        ("yields['role'] = 'x'", "the role of yields is not one of"),
        ("yields['path'] = '../secret.csv'", "leaves the folder"),
        ("yields['path'] = '/etc/passwd'", "leaves the folder"),
        ("yields['schema']['fields'][0]['type'] = 'geopoint'", "the type of yields.id is not one of"),
        ("yields['schema']['fields'][0]['constraints']['pattern'] = '('", "is no schema of ours"),
        ("yields['schema']['primaryKey'] = ['key']", "yields declares no column key"),
        ("yields['rules'].append({'rule': 'order', 'columns': ['low', 'hihg']})", "yields declares no column hihg"),
        ("yields['rules'].append({'rule': 'odrer'})", "the rule odrer of yields is not one of"),
        ("yields['published'] = 'vendor'", "declares vendor instead of published as the day of publication in yields"),
        ("yields['role'] = 'reference'", "declares yields in the role reference instead of claims"),
        ("d['resources'] = [r for r in d['resources'] if r['name'] != 'outcomes']", "declares no table outcomes"),
        ("yields['schema']['foreignKeys'][0]['reference']['fields'] = ['name']", "vendors declares no column name"),
    ],
)
def test_a_broken_schema_is_named(edit: str, says: str, folder: Folder) -> None:
    problem = change(folder, edit)
    assert problem.file == DESCRIPTOR
    assert says in problem.message


def add_table(folder: Folder, role: str) -> str:
    """Declare a copy of the yields as one more table, valid in itself; return its path."""
    path = "claims/lifetimes.csv"
    shutil.copy(folder.file("yields"), folder.path / path)
    rename = {"name": "lifetimes", "path": path, "role": role}
    edit_descriptor(folder, f"d['resources'].append({{**yields, **{rename}}})")
    return path


@pytest.mark.parametrize("role", ["claims", "questions"])
def test_a_table_that_the_model_has_no_place_for_is_named(role: str, folder: Folder) -> None:
    path = add_table(folder, role)
    (problem,) = check_data(folder.path)
    assert problem.file == path
    assert str(problem) == (
        f"{path}: is a table of {role} that has no place in the model; remove it, and lifetimes from datapackage.json."
    )


def test_evidence_with_a_claims_table_too_many_is_refused(folder: Folder) -> None:
    path = add_table(folder, "claims")
    with pytest.raises(InputError, match=f"{path}: is a table of claims that has no place in the model"):
        load_evidence("2026-06-30", folder.path)


def test_a_table_of_references_more_does_no_harm(folder: Folder) -> None:
    add_table(folder, "reference")
    assert check_data(folder.path) == []
    assert "lifetimes" in load_evidence("2026-06-30", folder.path).references


def test_questions_without_their_outcomes_are_refused_in_words(folder: Folder) -> None:
    edit_descriptor(folder, "d['resources'] = [r for r in d['resources'] if r['name'] != 'outcomes']")
    with pytest.raises(InputError, match="declares no table outcomes"):
        load_questions(folder.path)


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[]", b""])
def test_a_descriptor_that_is_none_is_named(raw: bytes, folder: Folder) -> None:
    (folder.path / DESCRIPTOR).write_bytes(raw)
    assert check_data(folder.path)[0].file == DESCRIPTOR


def test_a_new_column_is_declared_once(folder: Folder) -> None:
    change(folder, "yields['schema']['fields'].append({'name': 'lots', 'type': 'integer', 'description': 'Lots'})")
    columns = [*folder.package.tables["yields"].fields, "lots"]
    folder.write("yields", [{**row, "lots": ""} for row in folder.rows("yields")], columns)
    assert check_data(folder.path) == []
    folder.write("yields", [{**row, "lots": "x"} for row in folder.rows("yields")[:1]], columns)
    assert [problem.column for problem in check_data(folder.path) if problem.file.endswith("yields.csv")] == ["lots"]
