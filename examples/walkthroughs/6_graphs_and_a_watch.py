# %% [markdown]
# # Which day of a network is unusual, and who carries it?
#
# Messages come one by one: who wrote to whom, when. Nobody looks at single ones. Here a *rule* of a few lines makes a
# graph of each day, a *space* is fitted to early graphs, and a *watch* holds each later day against them, at a stated
# rate of false alarms. One member will begin to write to everybody. How soon is that seen, and does the alarm say who
# it is?
#
# The messages are generated (30 members in three teams), so the truth is known: on day 940 the change begins, and
# neither the number of messages nor their times tell of it.

# %%
# %matplotlib inline
from collections import Counter

import networkx as nx
import numpy as np
import torch

import gausscape as gs
from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.messages import RULE, generate_messages

torch.set_num_threads(1)
CHANGE = 940
events = generate_messages(1000, seed=0, hub_from=float(CHANGE), hub_share=0.25)
print(events.head(3).to_string(index=False))
day = (events["at"] - np.datetime64("2024-01-01")).dt.days
a_day = [((first <= day) & (day < first + 56)).sum() / 56 for first in (CHANGE - 56, CHANGE)]
print(
    f"\n{len(events):,} messages; a day has {a_day[0]:.0f} in the eight weeks before the change, {a_day[1]:.0f} after it"
)

# %% [markdown]
# ## The rule: from events to graphs
#
# Names on the right are columns of the table. The same few lines take a file that grows, a Redis stream or standard
# input (`gausscape watch`), and they are all that has to be agreed upon.

# %%
print(RULE)
windows = [window for window in follow(events, Rule.parse(RULE)) if len(window.items) and window.complete]
early, later = windows[:840], windows[840:]
first = windows[0].items.values[0]
print(
    f"{len(windows)} graphs, one a day; the first has {len(first)} members and {first.number_of_edges()} pairs that wrote"
)


def graphs(of: list) -> list:
    """One graph a window."""
    return [window.items.values[0] for window in of]


# %% [markdown]
# ## A space of days
#
# Every second early day is fitted; the others are kept as what the watch calls usual. Relabelling the members moves
# no code, and the size of the graph, the squares of its degrees and its rings are copied into the code, not learned.

# %%
learned = [window for k, window in enumerate(early) if k % 2]
usual = [window for k, window in enumerate(early) if not k % 2]
space = gs.fit(graphs(learned), latent=8, seed=0)
print(f"{space}\n{space.audit}")
told = space.assess(graphs(usual))
once_more = gs.Audit.of(told["exceedance"], calibrated=space.of_objects.count)
print(f"\nthe same on the {len(usual)} early days that were kept away:\n{once_more}")
assert sum(row.holds for row in once_more.rows) >= 2

shuffled = graphs(usual)[0]
order = np.random.default_rng(0).permutation(list(shuffled))
renamed = nx.relabel_nodes(shuffled, dict(zip(shuffled, order, strict=True)))
moved = np.abs(space.embed([shuffled]).mean - space.embed([renamed]).mean).max()
print(f"renaming all members moves the code by less than 0.00001: {moved < 1e-5}")
assert moved < 1e-5

# %% [markdown]
# ## Watching
#
# At most one usual day in a hundred may be an alarm. Two tests share that rate: this day alone, and this day together
# with those before it.

# %%
watch = gs.Watch.begin(space, reference=graphs(usual), false_alarms="1 in 100 windows")
reports = list(watch.follow(later))
watch

# %%
is_alarm = np.array([report.alarm is not None for report in reports])
days = np.array([840 + k for k in range(len(reports))])
false, soon = int(is_alarm[days < CHANGE].sum()), days[is_alarm & (days >= CHANGE)]
print(f"before the change: {false} alarms in {(days < CHANGE).sum()} days, where about 1 is stated")
print(f"after it: {len(soon)} in {(days >= CHANGE).sum()} days, the first on day {soon[0] - CHANGE + 1} of the change")
assert soon[0] - CHANGE <= 10
assert false <= 8

# %% [markdown]
# The line is how far each day lies from usual, the bars below are what the memory has collected, and marks are
# alarms. The change shows within days, and the alarms go on. Before it there are a few more than stated. The rate is
# that of many watches; one watch, which knows its usual days only by a sample, has a rate of its own
# ([measured](../../docs/streams.md): 2 to 3 in 100 on such data). An alarm says *unusual*, not *bad*.
#
# ## The first alarm after the change
#
# An alarm says which of the numbers that people know about a graph differ, and by how much.

# %%
which = int(np.flatnonzero(is_alarm & (days >= CHANGE))[0])
print(reports[which])

# %% [markdown]
# ## Who carries it?
#
# A change between two days is told part by part: who deals with whom now. The day to compare with is the most usual
# of those of the same kind (working day or weekend). Members are matched by name.

# %%
strange = later[which]
ordinary = [k for k, window in enumerate(usual) if str(window.items.labels) == str(strange.items.labels)]
typical = usual[max(ordinary, key=lambda k: told["exceedance"][k])]
change = gs.measure_change(space, graphs([typical]), graphs([strange]))
change

# %%
print(f"verdict on the change of the codes alone: {change.verdict}")
now, then = (Counter(dict(graphs([window])[0].degree())) for window in (strange, typical))
for member, links in now.most_common(3):
    print(f"{member}: wrote with {links} others on the day of the alarm, with {then[member]} on the usual one")
grown = max(now, key=lambda member: now[member] - then[member])
print(f"the largest rise: {grown}; the generator's truth: m00")
assert grown == "m00"

# %% [markdown]
# The two pictures share one layout, so what is new is easy to see: a star around one member, whom the degrees name,
# and whom the generator chose. If the verdict is NOISE, then the *codes* of two single days, whose every message is
# drawn anew, cannot tell it; the watch does better because it also ranks the features that people know, and because
# it has many days. Each answer says what it rests on.
#
# ## What to try next
#
# 1. `hub_share=0.05`: one message in twenty. The first alarm then comes later, and more often from the memory.
# 2. Stop and go on: `gs.WatchFolder("state")` keeps the watch; the alarms are those of a watch that was never stopped
#    (`examples/trust_network.py`).
# 3. Your own events: a CSV with a time and two names, and the rule above with your column names (`gausscape watch
#    SPACE FILE --rule RULE`).
