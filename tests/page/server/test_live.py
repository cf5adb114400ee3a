"""The live model: what Python says of a place, packed for the page."""

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="the server is an extra: pip install 'gausscape[serve]'")

import gausscape as gs
from gausscape.errors import GausscapeError
from gausscape.page.pack import unpack
from gausscape.page.server import LiveModel

BAD = ([], [[0]], [[0, "a"]], [[0, None]], [[0, float("nan")]], [[0, 1e400]], [[0, 0]] * 300, {"a": 1})


@pytest.fixture(scope="module")
def live():
    data = np.random.default_rng(0).uniform(size=(160, 5, 5)).astype("float32")
    space = gs.fit(data, latent=2, method="pca")
    y = gs.Outcome.of(lambda images: images.mean((1, 2)), name="brightness")
    return LiveModel({"s1": space}, [y]), space


def test_a_place_is_told_as_python_tells_it(live):
    model, space = live
    u = np.array([[0.0, 0.0], [1.0, -0.5], [2.5, 2.5]])
    told = unpack(model.answer({"space": "s1", "u": u.tolist()}))
    samples = space.describe_codes(space.aggregate.unwhiten(u))
    assert told["exceedance"] == pytest.approx(samples.exceedance.probability, rel=1e-5)
    assert [[*gs.Support][label].value for label in told["support"]] == samples.support.tolist()
    assert told["y"]["brightness"] == pytest.approx(samples.items.mean((1, 2)), rel=1e-5)
    assert told["pictures"]["n"] == 3
    assert told["nearest"] == [str(each) for each in samples.nearest]


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"space": "s2", "u": [[0, 0]]},
        {"space": ["s1"], "u": [[0, 0]]},
        {"space": "s1"},
        *({"space": "s1", "u": u} for u in BAD),
    ],
)
def test_questions_that_mean_nothing_are_refused_by_name(live, question):
    with pytest.raises(GausscapeError):
        live[0].answer(question)
