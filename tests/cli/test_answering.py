"""Refusals speak of options, and saying it twice says the same."""

import pytest

from gausscape.cli.answering import in_options

TOLD = (
    ("The splits are 'a' or 'b'; split='val' came. Choose one, or leave split away.", "--split val came"),
    ("It has a step of 3. Resample it with the reading option resample=linear or resample=mean (a step: mean:1h).",
     "with --read resample=linear or --read resample=mean"),
    ("Values are numbers. Choose other columns with value_columns, or mend it.", "with --read value_columns=..."),
    ("Cut them with modality={'name': 'sequences', 'length': N}, or average first.",
     "with modality: {name: sequences, length: N} in a --config file,"),
    ("Column 'x' needs at most 100 levels. Pass numeric=['x'], which reads blank text as missing.",
     "Write modality: {name: tables, numeric: ['x']} in a --config file, which"),
    ("method needs to be one of vae, pca, but got 'v'. Choose one.", "--method needs"),
    ("Quality needs objects that it did not see as held_out, but 3 came.", "as --held-out,"),
    ("Options that go with a table: id_column; data_dir, split came. Leave them away.", "--id-column; --data-dir, --split came"),
    ("Needed in a folder given by data_dir or GAUSSCAPE_DATA_DIR.", "given by --data-dir or"),
)  # fmt: skip


@pytest.mark.parametrize(("refusal", "told"), TOLD)
def test_arguments_are_told_as_options_and_once(refusal, told):
    said = in_options(refusal)
    assert told in said
    assert in_options(said) == said


def test_the_traceback_of_a_model_stays_as_it_is():
    assert in_options("It failed with seed=3.\n  f(seed=3)\n") == "It failed with --seed 3.\n  f(seed=3)\n"


def test_a_label_that_a_fit_was_told_of_is_asked_for_again():
    told = in_options("The table needs the 5 columns of the fit, but 'has left' was not in the fit. Leave out what is extra.")
    assert told.endswith("If it is the label, pass --label-column 'has left'.")
    assert "--label-column" not in in_options("The table needs the 5 columns of the fit, but 'age' is missing. Add it.")
