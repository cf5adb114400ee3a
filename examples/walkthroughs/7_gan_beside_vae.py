# %% [markdown]
# # Would a generative adversarial network do better than the autoencoder?
#
# A GAN learns to make objects that a second network cannot tell from real ones (Goodfellow et al. 2014). It has no
# encoder and no likelihood. gausscape puts it into the same frame: `fit(method="gan")` gives a space with the same
# law, calibration, audit and answers, so that the two can be compared by the same unseen objects. What is gained,
# what is lost, and how stable is it?

# %%
# %matplotlib inline
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from IPython.display import display

import gausscape as gs
from gausscape.figures import StripRow, draw_stress_strip
from gausscape.method_comparison.measures import MEASURES

torch.set_num_threads(1)
digits = gs.load_data("mnist-5k")
order = np.random.default_rng(0).permutation(len(digits))
known, new = digits.take(order[:3000]), digits.take(order[3000:4000])

# %% [markdown]
# ## Two spaces of the same digits
#
# Both get twelve coordinates and the same 3,000 digits. The adversarial training is watched: how much of held-out
# digits does the generator cover? If that collapses, training goes back and goes on more slowly, and says so.

# %%
spaces = {}
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    spaces["gan"] = gs.fit(known, method="gan", latent=12, schedule=gs.Schedule(steps=1000), seed=0)
spaces["vae"] = gs.fit(known, latent=12, schedule=gs.Schedule(steps=1000), seed=0)
for name, space in spaces.items():
    print(f"{name}: {space}")
print("said while training:", *(f"\n  {each.message}" for each in said), "" if said else "nothing")

# %% [markdown]
# ## What they make
#
# Digits at 1 in 2 and 1 in 100 of each space's own calibrated law.

# %%
rows = []
for name in ("vae", "gan"):
    for level, words in ((0.5, "1 in 2"), (0.01, "1 in 100")):
        drawn = spaces[name].sample(8, exceedance=level, seed=1)
        pictures = spaces[name].modality.pictures(drawn.items)
        rows.append(
            StripRow(
                name, pictures, drawn.support.tolist(), note=f"{words}; {drawn.acceptance:.0%} of the draws are objects"
            )
        )
draw_stress_strip(rows)

# %% [markdown]
# The autoencoder's digits are smooth: it makes the mean of what a code leaves open. The GAN's are darker and sharper,
# with speckle, and some are no digit. That such a smudge may still be called *supported* is no slip: the labels are
# about a space, and one whose generator makes smudges of real digits, too, sees nothing unusual in a smudge.
#
# ## What comes back of a real digit
#
# A GAN has no encoder. Its space looks for a code by gradient descent, from a first guess that was learned.

# %%
ten = new.take([int(np.flatnonzero(new.labels == digit)[0]) for digit in range(10)])
again = {"real": ten.values, **{name: spaces[name].reconstruct(ten) for name in ("vae", "gan")}}
figure, axes = plt.subplots(3, 10, figsize=(7.4, 2.5), dpi=110)
for row, (name, images) in enumerate(again.items()):
    for column in range(10):
        axes[row, column].imshow(images[column], cmap="plasma")
        axes[row, column].set(xticks=[], yticks=[])
    axes[row, 0].set_ylabel(name)
figure.subplots_adjust(0.05, 0.02, 0.99, 0.98, 0.06, 0.06)

# %%
lost = {}
for name, space in spaces.items():
    lost[name] = float(np.sqrt(np.mean((space.reconstruct(new).astype(float) - new.values) ** 2)))
    print(f"{name}: {lost[name]:.0f} of 256 grey levels are lost of an unseen digit (root mean square)")
assert lost["vae"] < lost["gan"]

# %% [markdown]
# What cannot be made cannot be found: the nearest thing that the generator makes is what comes back.
#
# ## Are the probabilities right?
#
# Calibration does not care how a space was trained. Both are counted on 1,000 digits that neither has seen:

# %%
for name, space in spaces.items():
    audit = gs.Audit.of(space.exceedance(new).probability, calibrated=space.of_objects.count)
    print(f"{name}\n{audit}\n")
    for row in audit.rows:
        allowed = 5 * np.sqrt(row.claimed * (1 - row.claimed) * (1 / space.of_objects.count + 1 / row.objects))
        assert abs(row.actual - row.claimed) < allowed + 1 / row.objects

# %% [markdown]
# A calibrated probability is right *about a space*, not good in itself: a space that sees less of a digit is right
# about less.
#
# ## The comparison, over seeds
#
# One fit of each proves little, the GAN's least of all. `compare_methods` fits each method with several seeds to the
# same objects and measures all by the same unseen ones; here on the small 8 by 8 digits, with PCA as the plain rival,
# three seeds each.

# %%
small = gs.load_data("digits")
found = gs.compare_methods(
    small,
    methods=("vae", "gan", "pca"),
    seeds=3,
    latent=8,
    schedules={name: gs.Schedule(steps=400) for name in ("vae", "gan")},
)
print(
    *(sentence for sentence in found.sentences() if "CPU time" not in sentence), sep="\n\n"
)  # seconds differ from run to run

# %%
measures = {each.name: each for each in MEASURES if "CPU" not in each.label}
table = {
    each.label: {method: found.estimate(method, each).tell(each) for method in found.methods}
    for each in measures.values()
}
pd.set_option("display.max_colwidth", None)
display(pd.DataFrame(table).T)
for name in ("recall", "unexplained"):
    vae, gan = (found.estimate(method, measures[name]).mean for method in ("vae", "gan"))
    assert (vae > gan) == measures[name].more_is_better
assert np.mean(found.agreement["vae"]) > np.mean(found.agreement["gan"])

# %% [markdown]
# Means over the seeds with their intervals. The last row matters most here: distances of two GANs that were trained
# with different seeds agree less than those of two autoencoders. A change that is "large" by one fit need not be
# large by the next.
#
# All budgets on this page are short, so that it runs in a minute: read the figures as those of such budgets. On other
# data the answer may be another one. It is one argument away, so look.
#
# ## What to try next
#
# 1. Leave both `schedule=` out in the first fits: the budgets that each method takes by itself.
# 2. `gs.fit(known, method="gan", latent=12, schedule=gs.Schedule(steps=400))`: a training so short may collapse, and
#    then says so.
# 3. `gs.compare_methods(your_objects, held_out=others, seeds=5)`: on your own data, by objects that no fit has seen.
