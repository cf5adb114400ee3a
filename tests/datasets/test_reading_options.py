"""Reading options: known to the readers that declare them, refused elsewhere, and typed on the command line."""

import pandas as pd
import pytest

from gausscape.cli.given import Given
from gausscape.datasets import load
from gausscape.datasets.discovery import modules_of
from gausscape.datasets.reading_options import OPTIONS_OF, choice, names, text, whole_number
from gausscape.errors import ConfigurationError, DataError, MissingFileError

EDGES = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})


def test_every_reader_declares_what_it_needs():
    needed = {
        "readers": {"SUFFIXES", "MAGIC", "read"},
        "folder_readers": {"NAME", "OPTIONS", "matches", "read"},
        "source_readers": {"NAME", "OPTIONS", "matches", "read"},
        "reshapers": {"OPTIONS", "wanted", "reshape"},
    }
    assert set(needed) == set(OPTIONS_OF)
    for package, exported in needed.items():
        for module in modules_of(package):
            assert exported <= set(vars(module)), module.__name__
            assert isinstance(getattr(module, "OPTIONS", frozenset()), frozenset)


def test_a_misspelt_option_gets_close_names():
    with pytest.raises(ConfigurationError, match="'graph_column'"):
        load(EDGES, read={"graph_colum": "g"})
    with pytest.raises(ConfigurationError, match="Choose one of these"):
        load(EDGES, read={"qqqqqqqq": "g"})


def test_an_option_that_goes_with_many_sources_is_no_reading_option():
    with pytest.raises(ConfigurationError, match="--label-column"):
        load(EDGES, read={"label_column": "g"})


@pytest.mark.parametrize("source", ["digits", EDGES.to_numpy(), EDGES])
def test_an_option_of_another_source_is_refused(source):
    with pytest.raises(ConfigurationError, match="node_names"):
        load(source, read={"node_names": "C,N"})


def test_options_that_do_not_say_what_rows_become_are_refused():
    with pytest.raises(ConfigurationError, match="source_column"):
        load(EDGES, read={"directed": "true"})


def test_files_hand_frames_on(tmp_path):
    EDGES.to_csv(tmp_path / "e.csv", index=False)
    items = load(tmp_path / "e.csv", read={"source_column": "source"})
    assert items.modality == "graphs"
    with pytest.raises(ConfigurationError, match="graph_column"):
        load(tmp_path / "e.csv", read={"source_column": "source"}, id_column="target")
    (tmp_path / "a.edgelist").write_text("1 2\n")
    with pytest.raises(ConfigurationError, match="source_column"):
        load(tmp_path / "a.edgelist", read={"source_column": "source"})


def test_a_folder_of_two_kinds_is_refused_with_both_names(tmp_path):
    EDGES.to_csv(tmp_path / "edges.csv", index=False)
    (tmp_path / "a.graphml").write_text("")
    with pytest.raises(DataError, match=r"graphml.*and for .*edges\.csv"):
        load(tmp_path)


def test_a_folder_of_no_kind_is_asked_for_pictures(tmp_path):
    with pytest.raises(ConfigurationError, match="a folder of pictures"):
        load(tmp_path, read={"directed": "true"})
    with pytest.raises(MissingFileError, match=r"Other folders that can be read: .*X_A\.txt"):
        load(tmp_path)


def test_texts_from_the_command_line_become_values():
    assert names({"a": ["x", "y"]}, "a") == ["x", "y"]
    assert names({}, "a") is None
    assert text({}, "a", "b") == "b"
    assert choice({}, "a", {"auto": 1, "true": 2}) == 1
    assert whole_number({"a": 3}, "a") == 3
    for wrong in (lambda: names({"a": "x,,y"}, "a"), lambda: text({"a": " "}, "a"), lambda: names({"a": 3}, "a")):
        with pytest.raises(ConfigurationError, match="option a needs"):
            wrong()
    for value in ("0", "x", 1.5, True, "9" * 30, -1):
        with pytest.raises(ConfigurationError, match="whole number"):
            whole_number({"a": value}, "a")
    with pytest.raises(ConfigurationError, match="auto or true"):
        choice({"a": "yes"}, "a", {"auto": 1, "true": 2})


def test_given_carries_the_options(tmp_path):
    EDGES.to_csv(tmp_path / "e.csv", index=False)
    given = Given(str(tmp_path / "e.csv"), read=["source-column=source", "target_column = target"])
    assert given.reading == {"source_column": "source", "target_column": "target"}
    assert given.load(None).modality == "graphs"
    assert given.words[1:] == ["--read", "source-column=source", "--read", "target_column = target"]


@pytest.mark.parametrize("typed", [["a"], ["=b"], ["a="], ["a=b", "a=c"]])
def test_given_refuses_what_is_no_key_and_value(typed):
    with pytest.raises(ConfigurationError, match="KEY"):
        _ = Given("digits", read=typed).reading
