"""Question 2: why does my model say that, here and everywhere?"""

__all__ = [
    "Attribution",
    "ChangeExplanation",
    "Explanation",
    "Ledger",
    "Overlay",
    "PatchExplanation",
    "Verdict",
    "Wording",
    "explain",
    "explain_change",
    "explain_object",
    "measure_fidelity",
    "paint_outcome",
]

from gausscape.explanation.answer import Explanation
from gausscape.explanation.attribution import Attribution, explain_object
from gausscape.explanation.explain import explain
from gausscape.explanation.fidelity import measure_fidelity
from gausscape.explanation.ledger import Ledger
from gausscape.explanation.overlay import Overlay, paint_outcome
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.telescoping import ChangeExplanation, explain_change
from gausscape.explanation.verdict import Verdict
from gausscape.explanation.wording import Wording
