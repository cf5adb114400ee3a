"""Fit a multivariate-Gaussian space to your data; ask what a small change is, and what happens far out."""

__all__ = [
    "Adversarial",
    "Audit",
    "Change",
    "Changes",
    "Checkpoints",
    "Chunks",
    "Elbo",
    "Exceedance",
    "Explanation",
    "FailureCounts",
    "Gaussian",
    "GausscapeError",
    "Items",
    "Ledger",
    "MethodComparison",
    "Modality",
    "Outcome",
    "Patch",
    "Quality",
    "Samples",
    "Schedule",
    "Scored",
    "Space",
    "StressTest",
    "Support",
    "Watch",
    "WatchFolder",
    "Wording",
    "compare_methods",
    "count_failures",
    "explain",
    "explain_change",
    "explain_object",
    "explore",
    "fit",
    "load",
    "load_data",
    "measure_change",
    "measure_quality",
    "paint_outcome",
    "plot",
    "scan_data",
    "score_data",
    "space_quality",
    "stress_test",
    "write_page",
]

import importlib
import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gausscape.chunks import Chunks
    from gausscape.datasets import load as load_data
    from gausscape.datasets import scan as scan_data
    from gausscape.errors import GausscapeError
    from gausscape.explanation import (
        Explanation,
        Ledger,
        Wording,
        explain,
        explain_change,
        explain_object,
        paint_outcome,
    )
    from gausscape.figures import plot
    from gausscape.gaussian import Gaussian
    from gausscape.items import Items
    from gausscape.local_change import Change, Changes, measure_change
    from gausscape.method_comparison import MethodComparison, compare_methods
    from gausscape.modality import Modality
    from gausscape.outcome import Outcome
    from gausscape.page import write_page
    from gausscape.page.explorer import explore
    from gausscape.quality import Quality, measure_quality, space_quality
    from gausscape.scale.counting import count_failures
    from gausscape.scale.failure_counts import FailureCounts
    from gausscape.scale.scored import Scored
    from gausscape.scale.scoring import score_data
    from gausscape.space.audit import Audit
    from gausscape.space.calibration import Exceedance
    from gausscape.space.patch import Patch
    from gausscape.space.saving import load_space as load
    from gausscape.space.space import Samples, Space
    from gausscape.space.support import Support
    from gausscape.stress_testing import StressTest, stress_test
    from gausscape.training.checkpoints import Checkpoints
    from gausscape.training.fitting import fit
    from gausscape.training.gan.objective import Adversarial
    from gausscape.training.objective import Elbo
    from gausscape.training.schedule import Schedule
    from gausscape.watching import Watch, WatchFolder

# Names are fetched when first used: importing the package must not cost a second of torch.
_HOMES = {
    "Adversarial": ("gausscape.training.gan.objective", "Adversarial"),
    "Audit": ("gausscape.space.audit", "Audit"),
    "Change": ("gausscape.local_change", "Change"),
    "Changes": ("gausscape.local_change", "Changes"),
    "Checkpoints": ("gausscape.training.checkpoints", "Checkpoints"),
    "Chunks": ("gausscape.chunks", "Chunks"),
    "Elbo": ("gausscape.training.objective", "Elbo"),
    "Exceedance": ("gausscape.space.calibration", "Exceedance"),
    "Explanation": ("gausscape.explanation", "Explanation"),
    "Gaussian": ("gausscape.gaussian", "Gaussian"),
    "GausscapeError": ("gausscape.errors", "GausscapeError"),
    "Items": ("gausscape.items", "Items"),
    "Ledger": ("gausscape.explanation", "Ledger"),
    "MethodComparison": ("gausscape.method_comparison", "MethodComparison"),
    "Modality": ("gausscape.modality", "Modality"),
    "Outcome": ("gausscape.outcome", "Outcome"),
    "Patch": ("gausscape.space.patch", "Patch"),
    "Quality": ("gausscape.quality", "Quality"),
    "Samples": ("gausscape.space.space", "Samples"),
    "FailureCounts": ("gausscape.scale.failure_counts", "FailureCounts"),
    "Scored": ("gausscape.scale.scored", "Scored"),
    "count_failures": ("gausscape.scale.counting", "count_failures"),
    "score_data": ("gausscape.scale.scoring", "score_data"),
    "Schedule": ("gausscape.training.schedule", "Schedule"),
    "Space": ("gausscape.space.space", "Space"),
    "Support": ("gausscape.space.support", "Support"),
    "Wording": ("gausscape.explanation", "Wording"),
    "compare_methods": ("gausscape.method_comparison", "compare_methods"),
    "explain": ("gausscape.explanation", "explain"),
    "explain_change": ("gausscape.explanation", "explain_change"),
    "explain_object": ("gausscape.explanation", "explain_object"),
    "explore": ("gausscape.page.explorer", "explore"),
    "fit": ("gausscape.training.fitting", "fit"),
    "load": ("gausscape.space.saving", "load_space"),
    "load_data": ("gausscape.datasets", "load"),
    "measure_change": ("gausscape.local_change", "measure_change"),
    "measure_quality": ("gausscape.quality", "measure_quality"),
    "paint_outcome": ("gausscape.explanation", "paint_outcome"),
    "plot": ("gausscape.figures", "plot"),
    "scan_data": ("gausscape.datasets", "scan"),
    "Watch": ("gausscape.watching", "Watch"),
    "WatchFolder": ("gausscape.watching", "WatchFolder"),
    "space_quality": ("gausscape.quality", "space_quality"),
    "stress_test": ("gausscape.stress_testing", "stress_test"),
    "write_page": ("gausscape.page", "write_page"),
    "StressTest": ("gausscape.stress_testing", "StressTest"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.metadata.version("gausscape")
    if name not in _HOMES:
        raise AttributeError(f"module 'gausscape' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = globals()[name] = getattr(importlib.import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


# Answers that a notebook shows as their figures: those of gausscape.figures.plot, by where they are defined.
_SHOWN = {
    "gausscape.explanation.answer": ("Explanation",),
    "gausscape.explanation.attribution": ("Attribution",),
    "gausscape.explanation.ledger": ("Ledger",),
    "gausscape.explanation.overlay": ("Overlay",),
    "gausscape.explanation.patch_explanation": ("PatchExplanation",),
    "gausscape.explanation.telescoping": ("ChangeExplanation",),
    "gausscape.local_change.change": ("Change",),
    "gausscape.local_change.changes": ("Changes",),
    "gausscape.method_comparison.report": ("MethodComparison",),
    "gausscape.space.audit": ("Audit",),
    "gausscape.stress_testing.answer": ("StressTest",),
    "gausscape.stress_testing.comparison": ("StressComparison",),
    "gausscape.stress_testing.probability.failure_probability": ("FailureProbability",),
    "gausscape.stress_testing.response": ("Response",),
    "gausscape.stress_testing.nearby.worst_case": ("WorstCase",),
    "gausscape.space.patch": ("Patch",),
    "gausscape.space.space": ("Space",),
    "gausscape.watching.history": ("WatchHistory",),
    "gausscape.watching.watch": ("Watch",),
}


def _show(answer: Any, include: Any = None, exclude: Any = None) -> Any:
    return importlib.import_module("gausscape.figures.notebook").show(answer, include, exclude)


def _show_in_notebooks() -> None:
    """Where IPython is running, let it draw the answers; by name, so that nothing heavy is imported before one is shown."""
    # Not None only inside a running shell; a program that merely has IPython loaded is left alone.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    formatter = getattr(getattr(shell, "display_formatter", None), "mimebundle_formatter", None)
    if formatter is not None:
        for module, names in _SHOWN.items():
            for name in names:
                formatter.for_type_by_name(module, name, _show)


_show_in_notebooks()
