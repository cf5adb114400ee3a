"""In a running notebook answers show their figures; nothing heavy is imported for that before one is shown."""

import subprocess
import sys

from gausscape import _SHOWN
from gausscape.figures import plot
from gausscape.figures.notebook import show
from gausscape.space.space import Samples

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
