"""What makes a molecule mutagenic, for a classifier? Graphs: a space, a change, an explanation, a stress test.

    python molecules.py [--out FOLDER] [--space FOLDER]

A few minutes on one core, on the generated molecules that come with gausscape; with GAUSSCAPE_MOLECULES=mutag on the MUTAG
set (`gausscape data mutag`). The cells (`# %%`) are those of the notebook.
"""

# %% [markdown]
# # Molecules
#
# A molecule is a graph: atoms are nodes with a type, bonds are edges with a type. Nobody has agreed on how large "one more
# bond here" is. A space says it in units of the molecules themselves, and does not mind in which order atoms are listed.

# %%
import argparse
from pathlib import Path

import molecule_classifier
import numpy as np
import torch

import gausscape as gs
from gausscape.figures import save_figure
from gausscape.stress_testing import Design

torch.set_num_threads(1)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--out", type=Path, default=Path("molecules"), help="folder for the figures")
parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
options, _ = parser.parse_known_args()
options.out.mkdir(parents=True, exist_ok=True)


def show(answer: object, name: str) -> None:
    """Print an answer and keep its figure."""
    print(f"{answer}\n")
    save_figure(gs.plot(answer), options.out / f"{name}.png")


# %% [markdown]
# ## A space of molecules

# %%
learned, held_out = molecule_classifier.split()
if options.space is not None and options.space.exists():
    space = gs.load(options.space)
else:
    space = gs.fit(learned, seed=0)
    if options.space is not None:
        space.save(options.space)
print(f"{space}\n{space.audit}\n")

# %% [markdown]
# ## One bond at a hub, one bond at a leaf
#
# The same edit, one bond more to the same third atom, at the atom with the most bonds and at one with a single bond. Counting edits
# calls both "1". The space says how far each is, with an interval, and whether such a molecule is like the data at all.

# %%
molecule = max(held_out.values, key=len)
by_degree = sorted(molecule, key=molecule.degree)
leaf, hub = by_degree[0], by_degree[-1]
third = next(node for node in by_degree if not {leaf, hub} & {node, *molecule[node]})
for place, atom in (("hub", hub), ("leaf", leaf)):
    edited = molecule.copy()
    edited.add_edge(atom, third, type=molecule.edges[next(iter(molecule.edges))]["type"])
    show(gs.measure_change(space, [molecule], [edited]), f"one_bond_at_a_{place}")

# %% [markdown]
# ## From one class to the other
#
# Two held-out molecules that the classifier tells apart: which atoms and bonds differ, how far it is, what lies between.

# %%
y = gs.Outcome.of(molecule_classifier.predict, name="P(mutagenic)", target=1, batch=2048)
print(f"{y.check(held_out)}\n")
told = y(held_out).values
low, high = held_out.take([int(told.argmin())]), held_out.take([int(told.argmax())])
show(gs.measure_change(space, low, high), "change")

# %% [markdown]
# ## Why does the classifier say so?
#
# The explanation is withheld where decoded molecules are not answered like real ones.

# %%
torn = held_out.take([int(np.abs(told - 0.5).argmin())])
show(gs.explain(space, y, space.patch(torn, percentile=95), data=held_out, calls=512), "explanation")
show(gs.explain_object(space, y, torn, data=held_out, calls=1024), "parts")

# %% [markdown]
# ## What lies in the tails?
#
# Molecules at 1 in 10 and 1 in 100, each labelled, and what the classifier says of them.

# %%
report = gs.stress_test(space, y, held_out, design=Design(each=60), seed=0)
print(f"{report}\n")
save_figure(gs.plot(report), options.out / "stress.png")
print(f"{y.calls:,} calls of the classifier in all; the figures are in {options.out}.")
