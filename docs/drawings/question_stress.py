"""What becomes of the model where digits get rare?"""

from dataclasses import replace

from fitted import classifier, measures

from gausscape.figures import StripRow, draw_stress_strip
from gausscape.figures.style import probability_words


def draw(look):
    space, model = measures(), classifier()
    rows = []
    for p in (0.5, 0.1, 0.01, 0.001):
        drawn = space.sample(7, exceedance=p, seed=1)
        y = model(drawn.items)
        words = [f"{row.argmax()} · {row.max():.0%}" for row in y]
        rows.append(
            StripRow(probability_words(p), space.modality.pictures(drawn.items), drawn.support.tolist(), words, "")
        )
    return draw_stress_strip(rows, look=replace(look, titled=False))
