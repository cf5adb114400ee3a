"""Which heartbeats are unusual, what makes them so, and what does a detector of abnormal beats answer far out?

    python ecg.py [--data-dir DIR] [--out FOLDER] [--space FOLDER]

The beats are those of ECG5000 if --data-dir, or the environment variable GAUSSCAPE_DATA_DIR, names a folder that holds
them; otherwise the bundled made-up ones. Under three minutes on one core. The cells (`# %%`) are those of the notebook.
"""

# %% [markdown]
# # Heartbeats, usual and not
#
# A space is fitted to electrocardiograms of one beat each. Three questions: *which beats are unusual*, *how far is it from a normal
# beat to an abnormal one, and what changes on the way*, and *why does a detector call a beat abnormal*. The
# detector is a model of scikit-learn that knows nothing of the space.

# %%
import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gausscape as gs
from gausscape.explanation import measure_fidelity
from gausscape.figures import save_figure

torch.set_num_threads(1)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data-dir", type=Path, help="a folder that holds ECG5000")
parser.add_argument("--out", type=Path, default=Path("ecg"), help="folder for the figures")
parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
options, _ = parser.parse_known_args()
options.out.mkdir(parents=True, exist_ok=True)


def show(answer: object, name: str) -> None:
    """Print an answer and keep its figure."""
    print(f"{answer}\n")
    save_figure(gs.plot(answer), options.out / f"{name}.png")


# %% [markdown]
# ## The beats
#
# Two thirds of them are fitted, normal and abnormal alike; the others are for questions.

# %%
try:
    beats = gs.load_data("ecg5000", data_dir=options.data_dir, split="test")
    normal = beats.labels == 1
except gs.GausscapeError as error:
    print(f"The bundled beats are taken, for: {error}\n")
    beats = gs.load_data("heartbeats")
    normal = beats.labels == "normal"
order = np.random.default_rng(0).permutation(len(beats))
learned, held_out = order[: 2 * len(beats) // 3], order[2 * len(beats) // 3 :]
if options.space is not None and options.space.exists():
    space = gs.load(options.space)
else:
    space = gs.fit(beats.take(learned), seed=0)
    if options.space is not None:
        space.save(options.space)
print(f"{space}\n")
print(*space.modality.notes, sep="\n")

# %% [markdown]
# ## Can its probabilities be trusted?
#
# The space set a part of the beats aside that neither fit nor calibration saw. Of these, about 10% should be called "1 in 10".

# %%
show(space.audit, "audit")

# %% [markdown]
# ## The most unusual beats
#
# Exceedance is the probability that a beat is at least as unusual as this one.

# %%
asked = beats.take(held_out)
told = space.assess(asked)
for k in np.argsort(told["exceedance"])[:5]:
    print(
        f"beat {asked.ids[k]} ({asked.labels[k]}): at least as unusual are {told['exceedance'][k]:.2%} of all beats "
        f"({told['lower'][k]:.2%} to {told['upper'][k]:.2%}); {told['support'][k]}"
    )
print()

# %% [markdown]
# ## From a normal beat to an abnormal one
#
# Both are the most usual of their class among those held out. The numbers that change are named.

# %%
usual = np.argsort(-told["exceedance"])
is_normal = normal[held_out]
first, second = (asked.take(usual[is_normal[usual] == flag][:1]) for flag in (True, False))
show(gs.measure_change(space, first, second), "change")

# %% [markdown]
# ## A detector of abnormal beats
#
# y is the probability that a logistic regression on twenty principal components gives.


# %%
def values_of(sequences: object) -> np.ndarray:
    """The beats as a matrix, one row each."""
    return np.asarray(sequences, dtype=np.float64).reshape(len(sequences), -1)


model = make_pipeline(PCA(20, random_state=0), StandardScaler(), LogisticRegression(max_iter=1000))
model.fit(values_of(beats.values)[learned], ~normal[learned])
area = roc_auc_score(~is_normal, model.predict_proba(values_of(asked.values))[:, 1])
print(f"The detector ranks held-out beats with an area under the curve of {area:.3f}.")
y = gs.Outcome.of(lambda sequences: model.predict_proba(values_of(sequences))[:, 1], name="P(abnormal)")
print(f"{measure_fidelity(space, y, asked)}\n")

# %% [markdown]
# ## Why does it call this beat abnormal?
#
# Of the beats that are like the others, the one it is most torn about is the centre of a patch, in which y is explained
# by what changes in the beats.

# %%
doubt = np.where(told["support"] == "SUPPORTED", np.abs(y(asked).values - 0.5), np.inf)
torn = asked.take([int(doubt.argmin())])
explanation = gs.explain(space, y, space.patch(torn), data=asked, calls=1024)
show(explanation, "explanation")

# %% [markdown]
# The same beat, section by section: which part of it makes y what it is?

# %%
show(gs.explain_object(space, y, torn, data=asked, calls=1024), "sections")

# %% [markdown]
# ## What does the detector answer far out?
#
# Beats at 1 in 10, 1 in 100 and 1 in 1,000: how often is one called abnormal?

# %%
test = gs.stress_test(space, y, asked, fails="y > 0.5", calls=1500, seed=0)
show(test, "stress_test")
print(f"{y.calls:,} calls of the detector in all; the figures are in {options.out}.")
