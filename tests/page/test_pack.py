"""The payload: what goes in comes out, equal input gives equal bytes, and texts are only ever data."""

import numpy as np
import pytest

from gausscape.errors import DamagedFileError, DataError
from gausscape.page.pack import bits, counts, halves, pack, planes, singles, unpack


def test_arrays_come_back_in_their_precision():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1001)
    found = unpack(pack({"f4": singles(values), "f2": halves(values), "p4": planes(values, digits=3), "u1": bits([0, 255]),
                         "u2": counts([0, 65_535], short=True), "u4": counts([0, 4_000_000_000])}))  # fmt: skip
    np.testing.assert_array_equal(found["f4"], values.astype(np.float32))
    np.testing.assert_allclose(found["f2"], values, rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(found["p4"], values, rtol=1e-3)
    assert found["u1"].tolist() == [0, 255]
    assert found["u2"].tolist() == [0, 65_535]
    assert found["u4"].tolist() == [0, 4_000_000_000]


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 5, 6, 7])
def test_planes_keep_so_many_digits_of_numbers_of_any_size(digits):
    values = np.random.default_rng(digits).normal(size=500) * 10.0 ** np.arange(-25, 25).repeat(10)
    found = unpack(pack(planes(values, digits=digits)))
    np.testing.assert_allclose(found, values, rtol=max(10.0**-digits, 1e-6))


def test_what_is_not_finite_stays_so_in_arrays_and_is_null_in_the_header():
    odd = np.array([np.nan, np.inf, -np.inf, 1.0])
    found = unpack(
        pack({"a": singles(odd), "b": planes(odd), "c": halves(odd), "n": [float("inf"), np.float64("nan"), 2.0]})
    )
    for name in "abc":
        assert np.isnan(found[name][0])
        assert found[name][1] > 6e4
        assert found[name][3] == 1
    assert found["n"] == [None, None, 2.0]


def test_halves_of_large_numbers_are_planes():
    np.testing.assert_allclose(unpack(pack(halves([1e6, 1.0]))), [1e6, 1.0], rtol=1e-3)
    assert halves([1e6]).dtype == "p4"
    assert halves([]).dtype == "f2"


def test_rounded_planes_compress():
    values = np.random.default_rng(0).normal(size=20_000)
    assert len(pack(planes(values, digits=2))) < 0.6 * len(pack(singles(values)))


def test_equal_documents_give_equal_bytes_without_a_time_of_day():
    document = {"u": singles(np.arange(100.0)), "words": ["a"] * 50}
    first = pack(document)
    assert first == pack(document)
    assert first[4:8] == b"\0\0\0\0"


TEXTS = [
    "</script><script>alert(1)</script>",
    "\u2028\u2029",
    "\ud800",
    "a\0b",
    "<!--",
    "\U0001f600",
    '{"$": ["f4", 0, 1]}',
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_only_text(text):
    found = unpack(pack({"name": text, "$": [text]}))
    assert found["name"] == text.encode("utf-8", "replace").decode()


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(DataError, match="A page holds"):
        pack({"a": object()})


@pytest.mark.parametrize("content", [b"", b"GSP1", pack({})[:-9], b"\x1f\x8b" + bytes(30)])
def test_other_bytes_are_refused(content):
    with pytest.raises(DamagedFileError, match="Write the page again"):
        unpack(content)


def test_lists_that_stand_as_they_are_still_have_no_infinities_and_no_half_letters():
    document = {"a": [1.0, 2.0], "b": [1.0, float("inf")], "c": ["x", "\ud800"], "d": [1, True, 2.5, None], "e": [[1], [2.0]]}
    found = unpack(pack(document))
    assert found == {"a": [1.0, 2.0], "b": [1.0, None], "c": ["x", "?"], "d": [1, True, 2.5, None], "e": [[1], [2.0]]}
