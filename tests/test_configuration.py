"""Settings remember their lines, and whatever is wrong with a file is named with the line."""

import pytest

from gausscape.configuration import LARGEST_FILE, Settings, parse_settings, read_settings, where
from gausscape.errors import ConfigurationError, MissingFileError

NESTED = """\
# a comment
latent: 2

architecture:
  encoder:
    filters: [8, 16]
    activations:
      - relu
      - relu
  decoder: {reshape: [2, 2, 16]}
name: "on: purpose"
rate: 2.0e-3
nothing:
"""


def test_values_are_those_of_yaml_and_lines_those_of_the_file():
    settings = parse_settings(NESTED)
    assert settings == {
        "latent": 2,
        "architecture": {
            "encoder": {"filters": [8, 16], "activations": ["relu", "relu"]},
            "decoder": {"reshape": [2, 2, 16]},
        },
        "name": "on: purpose",
        "rate": 0.002,
        "nothing": None,
    }
    assert [settings.line(key) for key in settings] == [2, 4, 11, 12, 13]
    encoder = settings["architecture"]["encoder"]
    assert (encoder.line("filters"), encoder.line("activations")) == (6, 7)
    assert settings["architecture"]["decoder"].line("reshape") == 10


def test_the_place_of_an_entry_goes_into_messages():
    settings = parse_settings("latent: 2\nseed: 3\n")
    assert where(settings, "seed") == " on line 2"
    assert where(settings, "absent") == ""
    assert where({"seed": 3}, "seed") == ""
    assert Settings({"a": 1}, {}).line("a") is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_has_no_settings(text):
    assert parse_settings(text) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r"'a' on line 1 and again on line 3"),
        ("x:\n  a: 1\n  a: 1\n", r"'a' on line 2 and again on line 3"),
        ("a: &one 1\nb: *one\n", "anchor or alias on line 1"),
        ("a: 1\nb: *one\n", "anchor or alias on line 2"),
        ("a: 1\n b: 2\n", "on line 2"),
        ("a: [1, 2\nb: 3\n", "on line 2"),
        ("a: 1\n\tb: 2\n", "on line 2"),
        ("a: 'open\n", "on line"),
        ("- 1\n- 2\n", "holds a list"),
        ("just text\n", "holds a str"),
        ("7\n", "holds a int"),
        ("a: 1\n---\nb: 2\n", "on line 2"),
        ("a: !!python/object/apply:os.getcwd []\n", "on line 1"),
        ("a: !!python/name:os.getcwd\n", "on line 1"),
        ("a: !mine 3\n", "on line 1"),
        ("a: \x00\n", "needs to be YAML"),
        ("? [1, 2]\n: 3\n", "on line 1"),
        ("? {a: 1}\n: 3\n", "on line 1"),
    ],
)
def test_what_is_no_settings_file_is_refused_with_its_line(text, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_settings(text, name="mine.yaml")
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 50_000, "a:\n" + "".join(" " * i + "b:\n" for i in range(1, 3000)), "{a: " * 20_000])
@pytest.mark.timeout(60)
def test_deep_nesting_is_refused_and_not_followed(text):
    with pytest.raises(ConfigurationError):
        parse_settings(text)


def test_merge_keys_and_dates_do_nothing_surprising():
    with pytest.raises(ConfigurationError, match="anchor or alias"):
        parse_settings("a: &x {b: 1}\nc:\n  <<: *x\n")
    assert parse_settings("yes_or_no: on\ntext: 'on'\n") == {"yes_or_no": True, "text": "on"}


def test_files_are_read_or_refused_by_name(tmp_path):
    path = tmp_path / "fit.yaml"
    path.write_text("latent: 3\n", encoding="utf-8")
    assert read_settings(path)["latent"] == 3
    with pytest.raises(MissingFileError, match=r"none\.yaml"):
        read_settings(tmp_path / "none.yaml")
    with pytest.raises(MissingFileError):
        read_settings(tmp_path)
    path.write_bytes(b"latent: \xff\n")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_settings(path)
    path.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(ConfigurationError, match="1 MB"):
        read_settings(path)
