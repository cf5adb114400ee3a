"""Why does the model say 9 of one and 4 of the other?"""

from dataclasses import replace

from fitted import classifier, measures, pair

import gausscape as gs


def draw(look):
    a, b = pair()
    y = gs.Outcome.of(classifier(), name="P(9)", target=9)
    return gs.plot(gs.explain_change(measures(), y, a, b), look=replace(look, titled=False))
