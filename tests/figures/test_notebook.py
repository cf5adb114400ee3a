"""In a running notebook answers show their figures; nothing heavy is imported for that before one is shown."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from gausscape import _SHOWN
from gausscape.figures import plot
from gausscape.figures.notebook import lighten, show
from gausscape.figures.style import to_bytes
from gausscape.space.space import Samples

DisplayFormatter = pytest.importorskip("IPython.core.formatters", reason="IPython is not installed").DisplayFormatter

SCRIPT = """
import sys, types

class Formatter:
    found = {}
    def for_type_by_name(self, module, name, function):
        self.found[module, name] = function

formatter = Formatter()
shell = types.SimpleNamespace(display_formatter=types.SimpleNamespace(mimebundle_formatter=formatter))
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: SHELL)
import gausscape
print(len(formatter.found), *[name for name in ("torch", "matplotlib", "gausscape.figures") if name in sys.modules])
"""


def run(shell: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("SHELL", shell)], capture_output=True, text=True, check=True
    )
    return told.stdout.split()


def test_a_running_shell_is_told_and_nothing_heavy_is_imported():
    assert run("shell") == [str(sum(len(names) for names in _SHOWN.values()))]


def test_without_a_running_shell_nothing_happens():
    assert run("None") == ["0"]
    assert run("object()") == ["0"]


def test_what_is_shown_is_what_plot_draws():
    # Samples do not know the modality that draws them.
    drawn = {(kind.__module__, kind.__qualname__) for kind in plot.registry if kind not in (object, Samples)}
    assert {(module, name) for module, names in _SHOWN.items() for name in names} == drawn


def test_an_answer_shows_figure_and_words(on_images):
    data, metadata = show(on_images.change)
    assert data["text/plain"] == str(on_images.change)
    assert data["image/png"].startswith("iVBOR")
    assert data["image/png"] in data["text/html"]
    assert metadata["image/png"]["width"] == 710
    assert show(on_images.change)[0] == data


def test_words_are_escaped(on_images):
    from dataclasses import replace

    page = show(replace(on_images.change, a_id="<script>"))[0]["text/html"]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_light_pictures_look_the_same(on_images):
    drawn = to_bytes(plot(on_images.change), "png", dots_per_inch=144)
    light = lighten(drawn)
    assert len(light) < 0.5 * len(drawn)
    before, after = (np.asarray(Image.open(io.BytesIO(each)).convert("RGB")).astype(int) for each in (drawn, light))
    assert np.abs(before - after).max() <= 20


def test_pictures_of_many_colours_are_left_alone():
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(buffer, "png")
    assert lighten(buffer.getvalue()) == buffer.getvalue()


def test_a_figure_shows_itself_without_a_plotting_backend(on_images):
    # A shell of its own, in which nobody has asked for inline figures.
    figure = plot(on_images.change)
    data, metadata = DisplayFormatter().format(figure)
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"] == {"width": 710, "height": round(96 * figure.get_size_inches()[1])}


def test_figures_of_others_are_left_alone():
    assert "image/png" not in DisplayFormatter().format(Figure())[0]
