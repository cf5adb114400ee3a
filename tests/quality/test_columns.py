"""Sets of objects are coded alike: numbers stay numbers, levels get one code each, gaps stay gaps."""

import numpy as np
import pytest

from gausscape.errors import DataError, SchemaError
from gausscape.modality import find_modality
from gausscape.quality.columns import code_alike, columns_of_objects


def objects(values):
    found = np.empty(len(values), object)
    found[:] = values
    return found


def test_one_level_has_one_code_in_all_sets():
    first = {"city": objects(["Graz", "Porto", None]), "x": np.array([1.0, np.nan, 3.0])}
    second = {"x": np.array([7, 8]), "city": objects(["Turku", "Graz"])}
    a, b = code_alike([first, second])
    assert a.names == b.names == ("city", "x")
    assert a.values[0, 0] == b.values[1, 0]
    assert len({a.values[0, 0], a.values[1, 0], b.values[0, 0]}) == 3
    assert a.missing.tolist() == [[False, False], [False, True], [True, False]]
    assert a.levels.tolist() == [3, 0]


def test_dates_are_days():
    days = {"day": np.array(["2024-01-01", "2024-01-03", "NaT"], "datetime64[us]")}
    (coded,) = code_alike([days])
    assert coded.values[1, 0] - coded.values[0, 0] == 2
    assert np.isnan(coded.values[2, 0])


def test_true_and_false_are_levels():
    (coded,) = code_alike([{"is": np.array([True, False])}])
    assert coded.levels.tolist() == [2]


def test_a_column_that_is_not_everywhere_is_refused():
    with pytest.raises(SchemaError, match="'y' is not in all"):
        code_alike([{"x": np.zeros(2), "y": np.zeros(2)}, {"x": np.zeros(2)}])


@pytest.mark.parametrize("sets", [[{}], [{"x": np.zeros(3)}, {"x": np.zeros(0)}]])
def test_nothing_to_compare_is_refused(sets):
    with pytest.raises(DataError, match="needs"):
        code_alike(sets)


def test_objects_without_columns_are_told_by_features():
    images = np.random.default_rng(0).uniform(size=(20, 6, 6)).astype("float32")
    modality = find_modality("images").infer(images)
    found = columns_of_objects(modality, images)
    assert found
    assert all(len(values) == 20 for values in found.values())


def test_another_level_costs_one_and_scaled_numbers_their_difference():
    (coded,) = code_alike([{"x": np.array([0.0, 10.0]), "city": objects(["a", "b"])}])
    features = coded.spread_out(np.zeros(2), np.array([10.0, 1.0]))
    difference = np.abs(features[0] - features[1])
    assert difference.sum() == 1 + 2  # one number a whole span away, two flags of the level
