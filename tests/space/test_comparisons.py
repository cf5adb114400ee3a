"""A sentence about quantities is read as syntax only, tells itself back, and names what it does not know."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gausscape.errors import ConfigurationError, GausscapeError
from gausscape.space.comparisons import All, AnyOf, Comparison, Known, Negation, Sum, near_names, parse_sentence

NAMES = ["age", "balance", "net worth", "class", "Contract", "start", "a", "b", "total", "flag", "it's"]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("age > 70 and balance < 0", All((Comparison("age", ">", 70), Comparison("balance", "<", 0)))),
        ("70 < age", Comparison("age", ">", 70)),
        ("class == 7", Comparison("class", "==", 7)),
        ("class = 7", Comparison("class", "==", 7)),
        (
            "Contract == 'Two year' or age >= -2.5e1",
            AnyOf((Comparison("Contract", "==", "Two year"), Comparison("age", ">=", -25.0))),
        ),
        ("Contract = Monthly", Comparison("Contract", "==", "Monthly")),
        ("not (`net worth` <= 3)", Negation(Comparison("net worth", "<=", 3))),
        ("age between 1 and 2", All((Comparison("age", ">=", 1), Comparison("age", "<=", 2)))),
        ("age in (1, 2)", Comparison("age", "in", (1, 2))),
        ("age not in [1]", Comparison("age", "not in", (1,))),
        ("a <= b", Comparison("a", "<=", other="b")),
        ("a + b = total", Comparison("total", "==", other=Sum(("a", "b")))),
        ("start >= 2024-01-31", Comparison("start", ">=", "2024-01-31")),
        ("age is missing", Known("age", False)),
        ("flag and not flag", All((Comparison("flag", "==", True), Negation(Comparison("flag", "==", True))))),
        ('Contract == "it\'s"', Comparison("Contract", "==", "it's")),
        ("`it's` > 3", Comparison("it's", ">", 3)),
    ],
)
def test_a_sentence_means_what_it_says_and_its_own_words_mean_the_same(text, meaning):
    read = parse_sentence(text, NAMES)
    assert read == meaning
    assert parse_sentence(str(read), NAMES) == read


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("agee > 3", "Near ones: age"),
        ("`net wrth` > 3", "`net worth`"),
        ("__import__('os').system('true') > 3", "needs"),
        ("age + 3 > 2", "name"),
        ("age * 2 > 3", "arithmetic"),
        ("age > [x for x in a]", "cannot be read"),
        ("(lambda: 3)() < age", "cannot be read"),
        ("age > 3 > ", "cannot be read"),
        ("'a' == 'b'", "no name"),
        ("age is 3", "neither known nor missing"),
        ("age in 3", "no list"),
        ("a + b == a + total", "both sides"),
        ("", "1 to 2,000"),
        ("age > 1 and " * 300 + "age > 1", "characters"),
        ("(" * 900 + "age > 1" + ")" * 900, "cannot be read"),
    ],
)
def test_what_is_no_comparison_of_known_quantities_is_refused(text, word):
    with pytest.raises(ConfigurationError) as refusal:
        parse_sentence(text, NAMES)
    assert word in str(refusal.value), str(refusal.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(GausscapeError):
        parse_sentence(text, NAMES)


def test_near_names_ignore_case_and_fall_back_to_the_first():
    assert near_names("CONTRACT", NAMES) == "Contract"
    assert near_names("zzzzzz", ["x", "y"]) == "x, y"
