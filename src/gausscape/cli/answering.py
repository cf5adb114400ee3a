"""How does a command answer: in the words of its options, on the right stream, in files that were free?"""

__all__ = [
    "PICTURES", "TABLES", "answering", "in_options", "refuse_folder", "refuse_idle", "refuse_taken", "say", "tell", "to_columns",
]  # fmt: skip

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

from gausscape.cli import output
from gausscape.errors import ConfigurationError, MissingFileError, StorageError
from gausscape.space.safe_json import finite

PICTURES = (".png", ".svg")
TABLES = (".csv", ".parquet")
OPTIONS = (
    "batch", "budget", "calls", "data_dir", "id_column", "label_column", "least_fidelity", "percentile", "radius",
    "rendering", "seed", "split", "steps", "target", "timeout",
)  # fmt: skip
OF_SOURCES = ("data_dir", "id_column", "label_column", "resize", "skip_bad", "split")
PHRASES = (
    ("trust=True", "--trust"),
    ("method='pca'", "'gausscape fit --method pca'"),
    ("Pass more as data=.", "Give a SOURCE with more."),
    ("objects in data=", "objects of SOURCE"),
    ("Choose one, or None.", "Choose one, or leave --rendering away."),
    ("Resize them.", "Bring pictures to that size with --resize."),
    ("Leave target away.", "Leave --target away."),
    # Nothing outlives a command.
    ("What was answered is kept; raise the budget", "Raise --budget"),
    ("What was answered before is kept (", "It stopped there ("),
    ("pass refits=[...], spaces fitted with other seeds", "pass --refit with a space fitted with another seed"),
    ("patches more in .patches", "more patches: --json or --table tells all"),
    ("fails='y < 0.2' (--fails)", "--fails 'y < 0.2'"),
    (", or pass a function of y.", "."),
    (", say, or pass kind='probability' to the Outcome if they are probabilities.", ", say."),
    ("beyond in standard deviations: design=Design(beyond=8).", "beyond in standard deviations: beyond: 8 in a --config file."),
    ("Design(hunt=500) adds scenarios", "hunt: 500 in a --config file adds scenarios"),
    ("Pass beyond=8.", "Write beyond: 8 in the --config file."),
    ("Pass temperature=1.5.", "Write temperature: 1.5 in the --config file."),
    ("but got strength=", "but got strength: "),
    ("Pass strength=2 for pairs.", "Write strength: 2 for pairs."),
    ("or leave split away.", "or leave --split away."),
    ("Leave isolate and timeout away", "Leave --timeout away"),
    ("given by data_dir or", "given by --data-dir or"),
    ("but time_column did not come. Name it.", "but none for the times came. Pass --read time_column=NAME."),
    ("but id_column did not come. Name it.", "but none for the ids came. Pass --id-column NAME."),
    ("but time_column and id_column did not come. Name them.", "but none came. Pass --id-column NAME --read time_column=NAME."),
    ("other columns with value_columns,", "other columns with --read value_columns=...,"),
    ("did not see as held_out,", "did not see as --held-out,"),
    (" or resample=mean", " or --read resample=mean"),
    ("with the option gaps=True", "with gaps: true under modality in a --config file"),
    ("A reading option needs", "--read needs"),
    ("Reading options should say", "--read should say"),
)
"""What the verbs say of their arguments, and how somebody says it who types options."""


@contextlib.contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Work out an answer: with JSON all that is printed meanwhile goes to standard error.

    A model may print what it likes, also from a process of its own; one JSON document must stay one.

    Args:
        as_json: Whether standard output is for the document alone.
    """
    with _standard_output_free() if as_json else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def _standard_output_free() -> Iterator[None]:
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def in_options(refusal: str) -> str:
    """A refusal, for somebody who types options.

    Example:
        >>> in_options("The splits are 'train'; split='val' came. Choose one, or leave split away.")
        "The splits are 'train'; --split val came. Choose one, or leave --split away."
        >>> in_options("Resample it with the reading option resample=linear.")
        'Resample it with --read resample=linear.'
    """
    # What follows the first line is a model's own traceback, and stays as it is.
    first, line_end, rest = refusal.partition("\n")
    return _line_in_options(first) + line_end + rest


def _line_in_options(text: str) -> str:
    text = say(text)
    # A reading option that is known beside read, and not for one kind of source alone.
    text = re.sub(r"Pass it beside read, as \w+=\.\.\. \((--[\w-]+)\)", r"Pass it as \1", text)
    text = re.sub(r"\b[Tt]he reading option (\w+)(=?)", r"--read \1\2", text)
    text = re.sub(r"\bPass (numeric)=(\[[^\]]*\])", r"Write modality: {name: tables, \1: \2} in a --config file", text)
    text = re.sub(r"\bmodality=(\{[^}]*\})", lambda found: f"modality: {_as_yaml(found[1])} in a --config file", text)
    text = re.sub(rf"(?<![-\w])({'|'.join(OPTIONS)})=(?=[\w'\"])", lambda found: f"--{_dashed(found[1])} ", text)
    text = re.sub(r"(--[\w-]+) '([\w.-]+)'(?= came)", r"\1 \2", text)
    if text.startswith("Options that go with"):
        text = re.sub(rf"(?<![-\w])({'|'.join(OF_SOURCES)})\b", lambda found: f"--{_dashed(found[1])}", text)
    text = re.sub(r"^In refits\[(\d+)\]: (In [ab]: )?", lambda found: f"In --refit {int(found[1]) + 1}: ", text)
    # A label column is no column of a fit that was told of it; whoever types forgets to say so again.
    extra = re.search(r"(?:but|and) '([^']+)' was not in the fit\. ", text)
    if extra:
        text += f" If it is the label, pass --label-column {shlex.quote(extra[1])}."
    text = re.sub(r"^In ([ab]): ", lambda found: f"In {found[1].upper()}: ", text)
    return re.sub(r"^(latent|method|path|rendering|seed) needs", r"--\1 needs", text)


def _as_yaml(mapping: str) -> str:
    return re.sub(r"['\"]", "", mapping)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def say(answer: Any) -> str:
    """The answer in words, for somebody who types options."""
    text = str(answer)
    for said, meant in PHRASES:
        text = text.replace(said, meant)
    return text


def refuse_idle(context: typer.Context, names: Iterable[str], mode: str) -> None:
    """Refuse options that were given and would do nothing: they are misunderstandings.

    Raises:
        ConfigurationError: If one of those names was typed.
    """
    typed = [name for name in names if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    if typed:
        told = " and ".join(sorted(f"--{_dashed(name)}" for name in typed))
        raise ConfigurationError(
            f"{mode} needs none of the options that belong to another use, but {told} came and would do nothing. "
            f"Leave {'it' if len(typed) == 1 else 'them'} away, or see --help."
        )


def refuse_taken(path: Path | None, option: str, endings: tuple[str, ...], *, overwrite: bool) -> None:
    """Refuse a file name before any work is done.

    Raises:
        ConfigurationError: If it has another ending.
        MissingFileError: If there is no such folder.
        StorageError: If something is there that may not be replaced.
    """
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise ConfigurationError(
            f"{option} needs a name that ends in {' or '.join(endings)} here, but got {path}. Change the ending."
        )
    if not path.parent.is_dir():
        raise MissingFileError(f"{option} needs an existing folder, but {path.parent} is none. Make it first.")
    if path.is_dir() or ((path.exists() or path.is_symlink()) and not overwrite):
        way_out = "." if path.is_dir() else ", or pass --overwrite."
        raise StorageError(f"{option} needs a free name, but {path} exists. Choose another{way_out}")


def refuse_folder(path: Path | None, option: str, *, overwrite: bool) -> None:
    """Refuse a folder to write before any work is done.

    Raises:
        MissingFileError: If its parent does not exist.
        StorageError: If something stands there that may not be replaced, or a file.
    """
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise MissingFileError(f"{option} needs an existing parent folder, but {path.parent} is none. Make it first.")
    if path.is_symlink() or (path.exists() and not (overwrite and path.is_dir())):
        way_out = ", or pass --overwrite." if path.is_dir() and not path.is_symlink() else "."
        raise StorageError(f"{option} needs a free name for a folder, but {path} exists. Choose another{way_out}")


def tell(
    answer: Any, *, as_json: bool, document: dict[str, Any], written: dict[str, Path | None], following: list[str]
) -> None:
    """Print the answer, or its document; then the files, and what to try next.

    Args:
        answer: What prints as text.
        as_json: Whether the document is wanted instead.
        document: The answer for JSON; numbers that are not finite become null.
        written: Files by what they are.
        following: The words of the next command.
    """
    if as_json:
        files = {name: None if path is None else str(path) for name, path in written.items()}
        output.print_json(finite(document) | files)
        return
    print(say(answer))
    there = [f"The {_called(name, path)}: {path}" for name, path in written.items() if path is not None]
    if there:
        print("\n" + "\n".join(there))
    output.print_next(shlex.join(following))


def _called(name: str, path: Path) -> str:
    if name == "out":
        return "picture" if path.suffix.lower() in PICTURES else "table"
    return name.removesuffix("_table")


def to_columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows as columns of equal length; what a row does not have, and what is no finite number, is empty."""
    import numpy as np

    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        column = np.empty(len(rows), dtype=object)
        column[:] = [finite(row.get(name)) for row in rows]
        columns[name] = column
    return columns
