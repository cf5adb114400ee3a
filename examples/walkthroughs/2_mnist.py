# %% [markdown]
# # What does a Gaussian space of handwritten digits look like, and are its probabilities right?
#
# 5,000 real digits come with gausscape (a part of MNIST, no download). A space is fitted to 4,000 of them in some
# seconds; the other 1,000 are never shown to it and are used to ask: what does it make of a digit, how rare does it
# call it, and is that true?

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
import torch

import gausscape as gs
from gausscape.figures import Look, StripRow, draw_objects, draw_stress_strip

torch.set_num_threads(1)
digits = gs.load_data("mnist-5k")
order = np.random.default_rng(1).permutation(len(digits))
known, new = digits.take(order[:4000]), digits.take(order[4000:])
print(
    f"{len(known):,} digits to fit, {len(new):,} kept away; each is {digits.values.shape[1]} by {digits.values.shape[2]} pixels"
)

# %% [markdown]
# ## Fit
#
# One line. The kind of data is recognised, 16 latent coordinates are asked for, and a seed makes the fit repeatable
# to the byte on the same machine. Within `fit` the digits are split once more: 70% train, 20% calibrate, 10% audit.

# %%
space = gs.fit(known, latent=16, seed=0)
print(space)
print(f"an unseen digit takes at most {-space.record['held_out_bound']:.1f} nats on average")
assert len(space.live_axes) >= 10

# %% [markdown]
# ## Are its probabilities right?
#
# The first thing to look at, before any picture: what the space claims against what 400 digits that neither the
# training nor the calibration saw really do. `holds` says whether the count is one that a right claim gives in at
# least nine of ten splits; so even right claims miss now and then, and the last line says how often.

# %%
print(space.audit)

# %% [markdown]
# The same question once more with the 1,000 digits that `fit` was never given:

# %%
told = space.assess(new)
once_more = gs.Audit.of(told["exceedance"], calibrated=space.of_objects.count)
print(once_more)
for row in once_more.rows:
    # Both calibration digits and new ones are a draw: five of their standard errors are allowed.
    allowed = 5 * np.sqrt(row.claimed * (1 - row.claimed) * (1 / space.of_objects.count + 1 / row.objects))
    assert abs(row.actual - row.claimed) < allowed + 1 / row.objects
held = sum(row.holds for table in (space.audit, once_more) for row in table.rows)
print(f"{held} of the 8 rows of both tables hold")
assert held >= 5

# %% [markdown]
# Look at how far a row misses, not only whether: a count beside its limits is bad luck, a tenth of what was claimed is not.
#
# ## What the space makes of a digit
#
# `embed` gives each digit a normal law over codes, `decode` goes back. What is lost on the way is what the sixteen
# numbers do not hold. Above, ten real digits that the fit never saw; below, the same decoded from their codes.

# %%
ten = new.take([int(np.flatnonzero(new.labels == digit)[0]) for digit in range(10)])
again = space.reconstruct(ten)
figure, axes = plt.subplots(2, 10, figsize=(7.4, 1.7), dpi=110)
for column in range(10):
    for row, image in enumerate((ten.values[column], again[column])):
        axes[row, column].imshow(image, cmap="plasma")
        axes[row, column].set_axis_off()
figure.subplots_adjust(0.01, 0.02, 0.99, 0.98, 0.06, 0.06)

# %% [markdown]
# Slant, width and the way a loop is closed come back; small bends and breaks of the pen do not.
#
# ## A map
#
# Sixteen directions cannot be drawn. For looking, a second space with two coordinates is fitted. Its map shows
# decoded digits, spaced so that each column, and each row, holds the same share of all digits.

# %%
plane = gs.fit(known, latent=2, seed=0)
gs.plot(plane, side=17, look=Look(width=5.6))

# %% [markdown]
# Neighbours on the map are alike; where two classes meet the digits blur. The unseen digits on the same plane:

# %%
draw_objects(plane, new, look=Look(width=5.6))

# %% [markdown]
# The classes were never told to the fit. Those that look unlike the rest lie apart; 4, 7 and 9 overlap, and so do 3, 5
# and 8. The lines are levels of the calibrated probability: outside the line "90% inside" lies one code in ten. Two
# numbers are few, though. What they lose, in root mean square grey levels of 256:

# %%
rival = gs.fit(known, method="pca", latent=16, seed=0)
lost = {}
for name, each in (("2 coordinates", plane), ("16 coordinates", space), ("16 principal components", rival)):
    lost[name] = float(np.sqrt(np.mean((each.reconstruct(new).astype(float) - new.values) ** 2)))
    print(f"{name}: {lost[name]:.0f}")
assert lost["16 coordinates"] < lost["16 principal components"] < lost["2 coordinates"]

# %% [markdown]
# The last line is probabilistic PCA with the same calibration, `method="pca"`. On few data it is often as good; here
# it is not. Everything below asks the space of sixteen coordinates.
#
# ## Which unseen digits are rare, and is any of them no digit to the space?
#
# `exceedance` is the probability that a new digit is at least as unusual, with an interval; `support` says how far
# the data back it.

# %%
rarest = np.argsort(told["exceedance"])[:10]
names, counts = np.unique(told["support"].astype(str), return_counts=True)
print("; ".join(f"{count} of {len(new):,} are {name}" for name, count in zip(names, counts, strict=True)))
p = told["exceedance"][rarest]
print(f"the ten rarest: {p[0]:.4f} [{told['lower'][rarest[0]]:.4f}, {told['upper'][rarest[0]]:.4f}] to {p[-1]:.3f}")
assert (told["support"] == "SUPPORTED").mean() > 0.8
assert (told["support"] == "UNSUPPORTED").mean() < 0.05

figure, axes = plt.subplots(1, 10, figsize=(7.4, 1.1), dpi=110)
for cell, which in zip(axes, rarest, strict=True):
    cell.imshow(new.values[which], cmap="plasma")
    backed = told["support"][which] != "UNSUPPORTED"
    cell.set_title(f"{told['exceedance'][which]:.1%}" if backed else "–", fontsize=8)
    cell.set_axis_off()
figure.subplots_adjust(0.01, 0.02, 0.99, 0.8, 0.06, 0)

# %% [markdown]
# All are digits to us; most are unusually thick, wide, bent or thin, some look ordinary and are rare in a way that we
# do not see. UNSUPPORTED means that a gate is below 1 in 100: the code describes the digit unusually badly, or unusually
# well, or lies away from all others. A few real digits always are; no probability should be quoted of these (the dashes
# above). Something that is no digit at all meets the same gates:

# %%
noise = np.random.default_rng(1).integers(0, 256, size=(3, 28, 28), dtype=np.uint8)
upside_down = 255 - ten.values[:3]
print("noise:        ", *space.support(noise))
print("ink and paper:", *space.support(upside_down), "(exchanged)")
assert (space.support(noise) == "UNSUPPORTED").all()
assert (space.support(upside_down) == "UNSUPPORTED").all()

# %% [markdown]
# ## New digits, as rare as you ask
#
# `sample` draws digits at a stated exceedance and labels each. Further out fewer draws still are digits; the
# acceptance says how many.

# %%
rows = []
for level, words in ((0.5, "1 in 2"), (0.1, "1 in 10"), (0.01, "1 in 100"), (0.001, "1 in 1,000")):
    drawn = space.sample(8, exceedance=level, seed=3)
    note = f"{words}; {drawn.acceptance:.0%} of the draws are objects"
    rows.append(StripRow(f"{level:g}", space.modality.pictures(drawn.items), drawn.support.tolist(), note=note))
    assert np.allclose(drawn.exceedance.probability, level, rtol=1e-6)
draw_stress_strip(rows)

# %% [markdown]
# From top to bottom digits get stranger. The word under each says how far the data back it: *rare* has a few
# calibration digits as far out, or a gate below 1 in 20; *extrapolated* has none. What is *unsupported* may be looked
# at, but never quoted as a probability.
#
# Ask for more than 800 calibration digits can certify, and you are refused:

# %%
try:
    space.sample(8, exceedance=1e-6)
except gs.GausscapeError as error:
    print(error)
else:
    raise AssertionError("a level finer than the calibration was answered")

# %% [markdown]
# ## Keep it, show it
#
# A space is a folder; every byte is checked when it is loaded. It also becomes one HTML file that opens by
# double-click and asks no other host for anything.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    kept = space.save(Path(folder) / "digits.space")
    loaded = gs.load(kept)
    assert np.array_equal(loaded.embed(ten).mean, space.embed(ten).mean)
    print(
        f"{sum(path.stat().st_size for path in kept.rglob('*') if path.is_file()) / 1e6:.1f} MB, loaded again: {loaded}"
    )

# %% [markdown]
# ```python
# gs.write_page([plane, space], "site/", data=new)   # a page with the map to drag about in; on the command line: gausscape page
# plane.explore(data=new)                            # the same page in this notebook, its choices readable from Python
# ```
#
# ## What to try next
#
# 1. `gs.fit(known, latent=16, seed=1)`, then `seed=2`: how often does each row of the audit hold?
#    `gs.plot(space.audit)` draws it.
# 2. Your own pictures: `gs.fit(gs.load_data("folder/with/images"))`, or `gs.load_data("fashion-mnist")`, which is downloaded once.
# 3. [Walkthrough 3](3_change_and_explanation.ipynb): how far is this 4 from that 9, and why does a classifier say so?
