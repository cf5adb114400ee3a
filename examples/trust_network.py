"""Which days of a network are unusual, and who carries it? A stream of events: a space, a watch, a change, a restart.

    python trust_network.py [--data FILE] [--out FOLDER] [--space FOLDER]

The ratings of the Bitcoin OTC market if --data names `soc-sign-bitcoinotc.csv`, or the environment variable
GAUSSCAPE_DATA_DIR a folder that holds it; otherwise generated messages between the members of teams, one of whom begins to write
to everybody. A few minutes on one core. The cells (`# %%`) are those of the notebook.
"""

# %% [markdown]
# # A network, watched
#
# Events come one by one: who dealt with whom, when. Nobody looks at single ones. A *rule* (a small YAML file) says how
# they become objects: here a graph of every two days, or of every day. A *space* is fitted to the early graphs, and a *watch*
# holds each later one against them: which windows are unusual, at a stated rate of false alarms?

# %%
import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch

import gausscape as gs
from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.messages import generate_messages
from gausscape.figures import save_figure
from gausscape.watching import WatchFolder

torch.set_num_threads(1)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", type=Path, help="soc-sign-bitcoinotc.csv")
parser.add_argument("--out", type=Path, default=Path("trust_network"), help="folder for the figures")
parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
options, _ = parser.parse_known_args()
options.out.mkdir(parents=True, exist_ok=True)


def show(answer: object, name: str) -> None:
    """Print an answer and keep its figure."""
    print(f"{answer}\n")
    save_figure(gs.plot(answer), options.out / f"{name}.png")


# %% [markdown]
# ## The events
#
# The market's ratings from 2010 to 2016, of which those before May 2013 are taken as known; or generated messages, in
# which from the 80th watched day on one member sends a quarter of all messages: their number and their times stay, who
# writes to whom changes.

# %%
NAME = "soc-sign-bitcoinotc.csv"
folder = Path(os.environ.get("GAUSSCAPE_DATA_DIR", "."))
found = [path for path in (options.data, folder / NAME, folder / "bitcoin-otc" / NAME) if path and path.exists()]
rules = Path(__file__).resolve().parent / "rules"
if found:
    source, rule, fitted_until = found[0], Rule.read(rules / "trust_network.yaml"), np.datetime64("2013-05-01")
else:
    print(f"No {NAME} was given: generated messages are taken.\n")
    source = generate_messages(640, seed=0, hub_from=580.0)
    rule, fitted_until = Rule.read(rules / "messages.yaml"), np.datetime64("2025-05-15")
windows = [window for window in follow(source, rule) if len(window.items) and window.complete]
early = [window for window in windows if window.start < fitted_until]
later = windows[len(early) :]
print(f"{len(windows)} windows of {sum(window.events for window in windows):,} events; {len(early)} are known.\n")

# %% [markdown]
# ## A space of graphs
#
# Three windows of four are fitted. The others are what the watch calls usual: objects that the space never saw.

# %%
learned = [window for k, window in enumerate(early) if k % 4]
usual = [window for k, window in enumerate(early) if not k % 4]


def graphs(of: list) -> list:
    """One graph a window."""
    return [window.items.values[0] for window in of]


if options.space is not None and options.space.exists():
    space = gs.load(options.space)
else:
    space = gs.fit(graphs(learned), latent=8, seed=0)
    if options.space is not None:
        space.save(options.space)
print(f"{space}\n{space.audit}\n")

# %% [markdown]
# ## Watching
#
# One window in a hundred may be a false alarm. That holds as long as usual windows could as well have come in another order;
# a market that grows and shrinks is not like that, and will be told again and again that it is no longer what it was.
#
# The state is a folder. The watch is stopped half-way on purpose, and goes on from there: the alarms are those of
# a watch that was never stopped.

# %%
with tempfile.TemporaryDirectory() as parent:
    state = Path(parent) / "state"
    half = len(later) // 2
    for part, name in ((later[:half], "first half"), (later, "second half")):
        with WatchFolder(state) as kept:
            watch = kept.open(gs.Watch.begin(space, reference=graphs(usual), false_alarms="1 in 100 windows"))
            waiting = [window for window in part if watch.last is None or window.number > watch.last]
            reports = list(kept.follow(watch, waiting))
        print(f"{name}: {len(reports)} windows, {watch.counts['alarms']} alarms so far")
    unbroken = gs.Watch.begin(space, reference=graphs(usual), false_alarms="1 in 100 windows")
    reports = list(unbroken.follow(later))
    print(f"stopped and gone on: {watch.counts['alarms']} alarms; never stopped: {unbroken.counts['alarms']}\n")
show(unbroken, "watch")

# %% [markdown]
# ## The alarm farthest from usual
#
# The alarm says which of the numbers that people know about a graph differ, and by how much.

# %%
alarms = [(report, window) for report, window in zip(reports, later, strict=True) if report.alarm is not None]
report, strange = max(alarms, key=lambda pair: pair[0].distance or 0.0)
print(f"{report}\n")

# %% [markdown]
# ## Who carries it
#
# A change between two windows is told part by part: who appeared, who went, who deals with whom now.
# The usual window is the most usual of those of its label, or of all. Where the two have members in common they are
# matched by name; members of the market come and go, so there parts are matched by the fewest edits.

# %%
ordinary = [window for window in usual if str(window.items.labels) == str(strange.items.labels)] or usual
told = space.assess(graphs(ordinary))
typical = ordinary[int(np.argmax(told["exceedance"]))]
show(gs.measure_change(space, graphs([typical]), graphs([strange])), "change")

degrees = Counter(dict(graphs([strange])[0].degree()))
before = Counter(dict(graphs([typical])[0].degree()))
for member, links in degrees.most_common(3):
    print(f"{member}: linked to {links} in {strange.items.ids[0]}, to {before[member]} in {typical.items.ids[0]}")
print(f"\nThe figures are in {options.out}.")
