"""Every error is a GausscapeError and the builtin that people expect; each class is used under one of these names."""

import inspect

import pytest

from gausscape import errors

FAMILY = {name: getattr(errors, name) for name in errors.__all__}
EXPECTED = {
    "CalibrationError": ValueError,
    "ConfigurationError": ValueError,
    "DamagedFileError": ValueError,
    "DataError": ValueError,
    "DivergenceError": ArithmeticError,
    "LockedError": OSError,
    "MissingExtraError": ImportError,
    "MissingFileError": FileNotFoundError,
    "SchemaError": errors.DataError,
    "ShapeError": errors.DataError,
    "StorageError": OSError,
}


def test_the_list_of_names_is_whole():
    defined = {name for name, value in vars(errors).items() if inspect.isclass(value) and value.__module__ == errors.__name__}
    assert defined == set(errors.__all__)


@pytest.mark.parametrize("name", FAMILY)
def test_each_belongs_to_the_family_and_says_what_it_is_for(name):
    assert issubclass(FAMILY[name], errors.GausscapeError)
    assert FAMILY[name].__doc__


@pytest.mark.parametrize(("name", "builtin"), EXPECTED.items())
def test_each_is_caught_by_the_builtin_that_people_expect(name, builtin):
    with pytest.raises(builtin, match="needed, came, do"):
        raise FAMILY[name]("needed, came, do")


def test_a_stopped_fit_knows_its_exit_code():
    assert errors.StoppedError("asked").exit_code == 130
    assert errors.StoppedError("asked", exit_code=143).exit_code == 143
    assert not issubclass(errors.StoppedError, KeyboardInterrupt)
