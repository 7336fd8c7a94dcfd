"""The table of commands, the parser of arguments, and the tables of options in training/README.md.

python -m training.cli.parser      # writes these tables again
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cyclopts import App, Parameter

from training.cli import commands, feedback_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_README = Path(__file__).resolve().parents[1] / "README.md"
_MARK = "<!-- options -->\n"

_COMMANDS: dict[str, tuple[Callable[[Any], None], str]] = {
    "pipeline": (commands.run_all, "from photos to a model folder: prepare, train, export, evaluate"),
    "prepare": (commands.run_prepare, "find, cut, clean and split the faces of archives and folders"),
    "train": (commands.run_train, "train a network; the same command again resumes a stopped run"),
    "export": (commands.run_export, "write a finished run as a calibrated model folder"),
    "calibrate": (commands.run_calibrate, "fit an existing model's confidence to other photos"),
    "evaluate": (commands.run_evaluate, "measure a model on a prepared set, an archive or a folder"),
    "average": (commands.run_average, "average the weights of a run and of models that it came from"),
    "card": (commands.run_card, "write a model folder's README.md from its model.json"),
    "tune": (commands.run_tune, "search hyperparameters with short runs; can be stopped and resumed"),
    "ablate": (
        commands.run_ablate,
        "train named changes with several seeds and compare them; can be stopped and resumed",
    ),
    "plots": (commands.run_plots, "draw the learning curve of a run"),
    "improve": (
        feedback_commands.run_improve,
        "fine-tune the champion on old and new faces; the same command again resumes",
    ),
    "promote": (
        feedback_commands.run_promote,
        "put a challenger in the champion's place if it is not worse",
    ),
    "rollback": (feedback_commands.run_rollback, "go back to the model before; given again, that is undone"),
    "index": (feedback_commands.run_index, "enter all model folders into index.json as they are now"),
    "month": (
        feedback_commands.run_month_command,
        "simulate a month of corrections, and show before and after",
    ),
}
_CORRECTIONS: dict[str, tuple[Callable[[Any], None], str]] = {
    "export": (
        feedback_commands.run_corrections_export,
        "open the kept faces, clean them, write a prepared set",
    ),
    "report": (
        feedback_commands.run_corrections_report,
        "draw what people said over time, by answer and confidence",
    ),
}


class NoCommandError(Exception):
    """The arguments name no command."""


def build_app() -> App:
    """Build the command line.

    An option with several values takes all words after it (`--seeds 1 2 3`). There are no `--no-...` options:
    every switch is off unless it is given.
    """
    app = App(
        name="python -m training",
        help="Prepare photos, train a network on them, export it for the bot, and measure it.",
        default_parameter=Parameter(negative=(), consume_multiple=True),
        version_flags=[],
    )
    corrections = App(name="corrections", help="what people said of the answers: a training set, a report")
    for name, (run, text) in _COMMANDS.items():
        app.command(run, name=name, help=text)
    for name, (run, text) in _CORRECTIONS.items():
        corrections.command(run, name=name, help=text)
    app.command(corrections)
    return app


def parse(arguments: Sequence[str]) -> Callable[[], Any]:
    """Read the arguments and return their command as a function without arguments.

    Raises:
        CycloptsError: An argument is missing, unknown or of the wrong type.
        NoCommandError: The arguments name no command.
    """
    # Errors are raised, not printed: __main__ prints all errors of the project in the same way.
    command, bound, _ = build_app().parse_args(arguments, exit_on_error=False, print_error=False)
    # Without a command, Cyclopts returns its function that prints the help, as it does for --help.
    if getattr(command, "__func__", None) is App.help_print and not {"-h", "--help"} & set(arguments):
        raise NoCommandError("Say which command.")
    return partial(command, *bound.args, **bound.kwargs)


def format_table() -> str:
    """Format all commands and their options as Markdown tables, for training/README.md."""
    app = build_app()
    parts = [_format_command(app[name], name, text) for name, (_, text) in _COMMANDS.items()]
    parts += [
        _format_command(app["corrections"][name], f"corrections {name}", text)
        for name, (_, text) in _CORRECTIONS.items()
    ]
    return "\n\n".join(parts)


def _format_command(command: App, name: str, text: str) -> str:
    """Format the options of one command, a row each."""
    return "\n".join(
        (f"**{name}**: {text}", "", "| option | default | what |", "|---|---|---|", *_rows(command))
    )


def _rows(command: App) -> Iterator[str]:
    """Yield a table row for each argument and option."""
    for argument in command.assemble_argument_collection(parse_docstring=True):
        if not argument.show:  # the dataclass itself is an argument, too, but nobody types it
            continue
        # Only options are typed with their name; an argument is shown as its place: RUN_DIR.
        option, kind = argument.names[0], argument.field_info.kind
        name = option if kind is kind.KEYWORD_ONLY else option.removeprefix("--").replace("-", "_").upper()
        default = "required" if argument.required else _format_default(argument.field_info.default)
        choices = [str(choice) for choice in _list_choices(argument.hint)]
        text = " ".join((argument.parameter.help or "").split()) + (
            f" ({', '.join(choices)})" if choices else ""
        )
        yield f"| `{name}` | {default} | {text} |"


def _format_default(value: Any) -> str:
    """Format a default as a person would type it; empty for switches and options without a value."""
    if value is None or value is False or value == ():
        return ""
    return f"`{' '.join(map(str, value))}`" if isinstance(value, tuple) else f"`{value}`"


def _list_choices(hint: Any) -> list[str]:
    """List the words of a Literal, such as ("test", "train"), or of a tuple of Literals."""
    inside = get_args(hint)
    return [word for word in inside if isinstance(word, str)] or [
        word for part in inside for word in get_args(part) if isinstance(word, str)
    ]


def write_readme() -> None:
    """Write the tables again at the end of training/README.md, below the mark."""
    above, mark, _ = _README.read_text(encoding="utf-8").partition(_MARK)
    _README.write_text(f"{above}{mark}\n{format_table()}\n", encoding="utf-8")


if __name__ == "__main__":
    write_readme()
