"""The same digits coded with hardly any divergence and with all of it: points with gaps between them, and clouds that overlap."""

import numpy as np
from fitted import plane, unseen
from matplotlib.collections import EllipseCollection
from panels import panels

SHOWN = 500


def draw(look):
    figure, axes = panels(
        look, ["Autoencoder: divergence weight 0.0001", "Variational autoencoder: weight 1"], height=3.8, gap=0.5
    )
    labels = unseen().labels[:SHOWN].astype(int)
    for each, space in zip(axes, (plane(1e-4), plane()), strict=True):
        q = space.embed(unseen())[:SHOWN]
        size = 4 * q.std
        colours = [look.classes[label] for label in labels]
        each.add_collection(
            EllipseCollection(
                *size.T,
                np.zeros(SHOWN),
                units="xy",
                offsets=q.mean,
                transOffset=each.transData,
                facecolors=colours,
                alpha=0.45,
                lw=0,
            )
        )
        each.scatter(*q.mean.T, s=1.2, c=colours, lw=0)
        each.set_xlim(-2.2, 2.2), each.set_ylim(-2.2, 2.2), each.set_aspect("equal")
        each.set_xlabel(f"first code; a typical posterior is {np.median(q.std):.3f} wide")
    axes[0].set_ylabel("second code")
    return figure
