"""What the printed tables and the model card say of neutral faces."""

from __future__ import annotations

from predicted_faces import build_predictions
from rich.console import Console

from training.cli.terminal_tables import build_tables
from training.evaluation.evaluation_run import Evaluation
from training.evaluation.measure import measure
from training.release.model_card import tabulate_held_back

NEUTRAL = measure(build_predictions(["neutral"] * 4, [0.6, 0.9, 0.8, 0.2]), seed=0)
BOTH = measure(
    build_predictions(["happiness", "sadness", "neutral", "neutral"], [0.9, 0.1, 0.9, 0.6]), seed=0
)
NO_NEUTRAL = measure(build_predictions(["happiness", "sadness"], [0.9, 0.1]), seed=0)
OLD = {key: value for key, value in BOTH.items() if key != "neutral_called"}

NONE = "\N{EN DASH}"


def read_rows(evaluation: Evaluation) -> dict[str, list[str]]:
    """The rows of the last two tables, by title and set, without intervals."""
    rows = {}
    for table in build_tables(evaluation)[-2:]:
        console = Console(width=200)
        with console.capture() as capture:
            console.print(table)
        for line in capture.get().splitlines():
            name, *cells = (cell.strip() for cell in line.strip("│").split("│"))
            if name in evaluation.reports:
                rows[f"{table.title}: {name}"] = [cell.split(" ")[0] for cell in cells]
    return rows


def test_neutral_faces_have_a_table_of_their_own() -> None:
    """Held back, surely called happy, surely called sad; no row of dashes for what a set has not."""
    rows = read_rows(Evaluation("tiny 1", {}, {"few": NEUTRAL, "both": BOTH, "pair": NO_NEUTRAL}))

    assert rows == {
        'Held back as "hard to tell": both': ["0.0%", NONE, NONE, "100.0%"],
        'Held back as "hard to tell": pair': ["0.0%", NONE, NONE, "100.0%"],
        "Neutral faces: few": ["25.0%", "50.0%", "25.0%", NONE],
        "Neutral faces: both": ["50.0%", "50.0%", "0.0%", "0.0%"],
    }


def test_a_card_has_the_neutral_columns_once_they_are_counted() -> None:
    """Figures of before have none; where only some sets were measured anew, dashes stand for the others."""
    old, mixed = tabulate_held_back({"old": OLD}), tabulate_held_back({"old": OLD, "new": BOTH})

    assert "surely called" not in old
    assert old.splitlines()[-1].count("|") == mixed.splitlines()[-1].count("|") - 2
    assert mixed.splitlines()[-2].endswith("| - | - |")
    happy, sad = mixed.splitlines()[-1].split("|")[-3:-1]
    assert (happy.split()[0], sad.split()[0]) == ("50.0%", "0.0%")
