"""Files of keys, read into plain values: nothing in a file is ever run, and nothing in it is passed over silently."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

from hbm_model.core.errors import Problem
from hbm_model.policy.entries import FAULTY, Entry, KeyPath, KeyProblem, key_text, shown

LARGEST = 256 * 1024
"""Bytes of the largest file that is read; the longest scenario that anybody wrote has a few thousand."""

_DEEPEST = 12
_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp")}
_SAVE = "save it as plain text, UTF-8"


class _UnreadableError(Exception):
    """The file gives no values at all."""

    def __init__(self, message: str, mend: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.mend, self.line = message, mend, line


class _Fault(NamedTuple):
    """What the file itself spoils of one value."""

    line: int
    path: KeyPath
    message: str
    mend: str
    value: str


class _PlainLoader(yaml.SafeLoader):
    """The part of YAML that scenarios need: no anchors, which can make a small file swell, and no deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if event.anchor is not None:
            raise ComposerError(None, None, "anchors and aliases (& and *) are not read here", event.start_mark)
        if self.depth == _DEEPEST:
            raise ComposerError(None, None, "is nested too deeply", event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_yaml(path: Path, file: str, problems: list[Problem]) -> Entry | None:
    """Read a YAML file of keys; None where it gives no values at all.

    A repeated key, a value with a tag and a value that its own notation forbids (30 February) are faults of that key
    alone. Lines are kept, so that later checks can name them.

    Parameters
    ----------
    path
        The file.
    file
        What problems call it.
    problems
        Where faults are appended; the entry that is returned appends to it too.
    """
    try:
        text = _text(path)
        loader, node = _composed(text)
    except _UnreadableError as error:
        problems.append(KeyProblem(file, error.line, "", "", error.message, error.mend))
        return None
    lines: dict[KeyPath, int] = {}
    faults: list[_Fault] = []
    value = _plain(loader, node, (), lines, faults)
    problems.extend(KeyProblem(file, at.line, key_text(at.path), shown(at.value), at.message, at.mend) for at in faults)
    return _table(Entry(file, value, problems, lines))


def read_toml(path: Path, file: str, problems: list[Problem]) -> Entry | None:
    """Read a TOML file of keys; None where it gives no values at all.

    Parameters
    ----------
    path
        The file.
    file
        What problems call it.
    problems
        Where faults are appended; the entry that is returned appends to it too.
    """
    try:
        return Entry(file, tomllib.loads(_text(path)), problems)
    except _UnreadableError as error:
        problems.append(KeyProblem(file, error.line, "", "", error.message, error.mend))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(KeyProblem(file, None, "", "", f"is no TOML ({error})", "mend the file there"))
    return None


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise _UnreadableError("is a folder, not a file", "name the file")
        if path.exists() and not path.is_file():
            raise _UnreadableError("is no file", "name a file")
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise _UnreadableError("the file is missing", "look its name up again") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _UnreadableError(f"the file cannot be read ({reason})", "mend its name or permissions") from error
    if len(raw) > LARGEST:
        raise _UnreadableError(f"the file has more than {LARGEST // 1024} kB", "split or shorten it")
    if not raw.removeprefix(codecs.BOM_UTF8).strip():
        raise _UnreadableError("the file is empty", "fill it in")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _UnreadableError("the file is UTF-16, not UTF-8", _SAVE)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(f"the file is not UTF-8 (byte 0x{raw[error.start]:02x})", _SAVE, line) from error


def _composed(text: str) -> tuple[_PlainLoader, yaml.Node]:
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _UnreadableError("the file is no text (it holds control characters)", _SAVE, line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is no YAML that is read here ({', '.join(part for part in (error.context, error.problem) if part)})"
        raise _UnreadableError(message, "mend the file at this line", mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise _UnreadableError(f"is no YAML ({error})", "mend the file") from error
    if node is None:
        raise _UnreadableError("the file holds nothing but comments", "fill it in")
    return loader, node


def _plain(
    loader: _PlainLoader, node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], faults: list[_Fault]
) -> Any:
    """Return the value of a node, noting the line of each key; FAULTY where the file itself spoils it."""
    line = lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return [_plain(loader, each, (*path, place), lines, faults) for place, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        return _plain_table(loader, node, path, lines, faults)
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _SCALARS:
        tag = node.tag.replace(_TAG, "!!")
        faults.append(_Fault(line, path, f"has the tag {tag[:60]}, and tags are not read here", "remove the tag", ""))
        return FAULTY
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError, OverflowError, LookupError, AttributeError):  # as an explicit !!int of a word
        kind = node.tag.removeprefix(_TAG).replace("timestamp", "date")
        mend = "look the date up again and write it as YYYY-MM-DD" if kind == "date" else "write it plainly"
        faults.append(_Fault(line, path, f"is no {kind}", mend, node.value))
        return FAULTY


def _plain_table(
    loader: _PlainLoader, node: yaml.MappingNode, path: KeyPath, lines: dict[KeyPath, int], faults: list[_Fault]
) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.tag != _TAG + "str" or not isinstance(key, yaml.ScalarNode):
            word = key.value if isinstance(key, yaml.ScalarNode) else ""
            mend = "write keys as plain words, and words like yes, on and null in quotes"
            faults.append(_Fault(line, path, "is no key", mend, word))
        elif key.value in table:
            message = f"stands there already, on line {lines[*path, key.value]}"
            faults.append(_Fault(line, (*path, key.value), message, "remove one of the two", ""))
        else:
            lines[*path, key.value] = line
            table[key.value] = _plain(loader, value, (*path, key.value), lines, faults)
    return table


def _table(entry: Entry) -> Entry | None:
    if isinstance(entry.value, dict):
        return entry
    entry.fault("is no table of keys", "write lines of the form `key: value`")
    return None
