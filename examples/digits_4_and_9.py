"""Why is this a 9 and not a 4? A walk from one digit to another, with a classifier to be explained on the way.

    python digits_4_and_9.py [--out FOLDER] [--space FOLDER]

Under four minutes on one core. The cells (`# %%`) are those of the notebook.
"""

# %% [markdown]
# # From a 4 to a 9
#
# A space is fitted to handwritten digits, and asked two questions: *how large is the change from this 4 to that 9*, and
# *why does a classifier see a 9*. The classifier (`digit_classifier.py`) never meets the space: it is a function that takes
# images and gives probabilities.

# %%
import argparse
from pathlib import Path

import digit_classifier
import numpy as np
import torch

import gausscape as gs
from gausscape.explanation import measure_fidelity
from gausscape.figures import save_figure

torch.set_num_threads(1)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--out", type=Path, default=Path("digits_4_and_9"), help="folder for the figures")
parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
options, _ = parser.parse_known_args()
options.out.mkdir(parents=True, exist_ok=True)


def show(answer: object, name: str) -> None:
    """Print an answer and keep its figure."""
    print(f"{answer}\n")
    save_figure(gs.plot(answer), options.out / f"{name}.png")


# %% [markdown]
# ## A space of digits
#
# It is fitted to the same 4,000 digits that the classifier learned from; the other 1,000 are for questions. 24 axes and
# `kl_weight=0.5` keep more of each digit in its code than the defaults: a classifier that reads fine detail can only be
# explained where the code holds that detail. The fidelity gate below says whether it does.

# %%
learned, held_out = digit_classifier.split()
fours_and_nines = held_out.take(np.flatnonzero(np.isin(held_out.labels, (4, 9))))
if options.space is not None and options.space.exists():
    space = gs.load(options.space)
else:
    space = gs.fit(learned, latent=24, objective=gs.Elbo(kl_weight=0.5), seed=0)
    if options.space is not None:
        space.save(options.space)
print(f"{space}\n")

# %% [markdown]
# ## How large is a change?
#
# Distance is in standard deviations of the digits themselves, told as a percentile of random pairs, with what changed
# and whether it could be noise.

# %%
four = held_out.take(np.flatnonzero(held_out.labels == 4)[:1])
nine = held_out.take(np.flatnonzero(held_out.labels == 9)[:1])
change = gs.measure_change(space, four, nine)
show(change, "change")

# %% [markdown]
# ## What is asked of the classifier
#
# `Outcome` wraps any black box: y is the probability of a 9. `check` tries it on real digits first. Then the gate: does y
# answer on decoded digits what it answers on the real ones? Where it does not, nothing is explained.

# %%
y = gs.Outcome.of(digit_classifier.predict, name="P(9)", target=9, batch=2048)
print(f"{y.check(fours_and_nines)}\n")
print(f"{measure_fidelity(space, y, fours_and_nines)}\n")

# %% [markdown]
# ## The border between 4 and 9
#
# The held-out 4 or 9 that the classifier is most torn about, with much on both sides, is the centre of a patch.

# %%
torn = np.minimum(y(fours_and_nines).values, y.with_target(4)(fours_and_nines).values)
border = fours_and_nines.take([int(torn.argmax())])
patch = space.patch(border)
show(patch, "patch")
explanation = gs.explain(space, y, patch, data=held_out, calls=1024)
show(explanation, "explanation")

# %% [markdown]
# The same surroundings, painted with y: where the classifier turns, and how far it can be trusted there.

# %%
show(gs.paint_outcome(space, y, patch=explanation.patches[0].patch, data=held_out, side=15), "overlay")

# %% [markdown]
# ## Why does y differ between these two digits?
#
# The difference is an exact sum over the directions of real change between them, with what the codes leave out as one
# more term.

# %%
show(gs.explain_change(space, y, four, nine), "change_of_y")

# %% [markdown]
# ## Which parts of this one digit make y?
#
# Regions of the image get credit in two ways: with what normally comes along with them, and alone.

# %%
show(gs.explain_object(space, y, border, data=held_out, calls=2048), "regions")
print(f"{y.calls:,} calls of the classifier in all; the figures are in {options.out}.")
