"""Run a notebook without a kernel, up to its first error: `notebook_runner.py NOTEBOOK EXECUTED`.

A kernel and its client talk over sockets, and now and then one misses what the other said and waits for minutes. Here
nothing is in between: IPython's own shell runs the cells in this process, as it does in a kernel, and the notebook is
written with what they showed. Each cell is named when its turn comes, for whoever has to end a process that hangs.
"""

import sys
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output
from traitlets.config import Config


class Results(DisplayHook):
    """Keeps the value of a cell's last line, in all its forms, as an output."""

    def write_output_prompt(self) -> None:
        """Nobody is there to be prompted."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        kept = new_output("execute_result", format_dict, metadata=md_dict or {}, execution_count=self.prompt_count)
        self.shell.outputs.append(kept)


class Displays(DisplayPublisher):
    """Keeps what a cell displays, figures among it, as outputs."""

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, *_: Any, **__: Any) -> None:
        self.shell.outputs.append(new_output("display_data", data, metadata=metadata or {}))

    def clear_output(self, wait: bool = False) -> None:
        """Nothing that was shown is forgotten."""


class Shell(InteractiveShell):
    """IPython's shell, with all that it shows going to the outputs of the cell at work."""

    def __init__(self, **traits: Any) -> None:
        self.outputs: list[nbformat.NotebookNode] = []
        super().__init__(displayhook_class=Results, display_pub_class=Displays, **traits)

    def enable_gui(self, gui: str | None = None) -> None:
        """`%matplotlib inline` asks for this, and needs no event loop."""

    def run(self, cell: nbformat.NotebookNode) -> bool:
        """Run a cell into its outputs, and say whether it came to its end."""
        self.outputs = cell.outputs
        cell.execution_count = self.execution_count
        done = self.run_cell(cell.source, store_history=True, cell_id=cell.id)
        error = done.error_before_exec or done.error_in_exec
        if error and not any(output.output_type == "error" for output in cell.outputs):  # a magic that is used wrongly
            self._showtraceback(type(error), error, [repr(error)])
        return error is None

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.outputs.append(new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=stb))


def main(source: str, executed: str) -> None:
    """Run the cells of a notebook and write it with their outputs."""
    notebook = nbformat.read(source, as_version=4)
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            print(f"cell {cell.id}", flush=True)
            if not shell.run(cell):
                break
    nbformat.write(notebook, executed)


if __name__ == "__main__":
    sys.path[0] = ""  # as in a kernel, modules are looked for in the notebook's folder
    main(*sys.argv[1:])
