"""The figure of a watch: in every width and both themes, with and without times, without words that are cut or overlap."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.figures import Look, plot
from gausscape.figures.style import to_bytes
from gausscape.training.fitting import fit
from gausscape.watching import Watch, WatchHistory


@pytest.fixture(scope="module")
def watched() -> Watch:
    rng = np.random.default_rng(0)
    space = fit(rng.normal(size=(800, 4)), latent=2, method="pca", modality="tables")
    watch = Watch.begin(space, false_alarms=0.05)
    for number in range(30):
        start = np.datetime64("2024-03-01T00:00:00", "us") + np.timedelta64(number, "D")
        rows = rng.normal(size=(5, 4)) + 4.0 * (number > 26)
        watch.observe(rows, number=number, span=(start, start + np.timedelta64(1, "D")))
    return watch


@pytest.mark.parametrize("look", [Look(), Look(width=3.6), Look(dark=True, titled=False)])
def test_a_watch_is_drawn_with_its_alarms(watched, look):
    figure = plot(watched, look=look)
    texts = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "What carries the last alarms" in texts
    assert figure.get_size_inches()[0] == look.width


def test_equal_watches_give_equal_bytes(watched):
    assert to_bytes(plot(watched.history), "svg") == to_bytes(plot(watched.history), "svg")


def test_windows_without_times_are_numbered():
    history = WatchHistory(0.01, np.abs(np.random.default_rng(0).normal(size=(300, 11))), [""] * 300)
    history.table[:, 0], history.table[:, -1] = np.arange(300), 0
    assert "window" in {axes.get_xlabel() for axes in plot(history).axes}


def test_nothing_to_draw_is_refused():
    with pytest.raises(ConfigurationError, match="Watch a while first"):
        plot(WatchHistory(0.01))
