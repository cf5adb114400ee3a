"""How far apart are a 4 and a 9?"""

from dataclasses import replace

from fitted import measures, pair

import gausscape as gs


def draw(look):
    a, b = pair()
    return gs.plot(gs.measure_change(measures(), a, b), look=replace(look, titled=False))
