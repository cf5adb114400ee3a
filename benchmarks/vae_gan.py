"""VAE against GAN (and PCA) for understanding a feature space: which covers the data, and how much does the seed decide?

Fits each method with each seed to 70% of a bundled set, and measures all of them on the other 30%: improved precision and
recall in principal axes of the unseen cells, what a code leaves unexplained, claimed against actual exceedance, rank
agreement of distances between seeds, failures, collapses, and CPU seconds. Prints the table and the sentences, and writes
comparison.json and comparison.png where asked. One thread; about 11 CPU minutes with the defaults.

    OMP_NUM_THREADS=1 python benchmarks/vae_gan.py [--data mnist-5k] [--seeds 5] [--steps vae=1500 gan=2000] [--out FOLDER]
"""

import argparse
import time
from pathlib import Path

import torch

import gausscape as gs
from gausscape.figures import save_figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist-5k", help="a bundled set")
    parser.add_argument("--methods", nargs="+", default=["vae", "gan", "pca"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", nargs="*", default=["vae=1500", "gan=2000"], help="training steps of a method")
    parser.add_argument("--out", type=Path, help="folder for comparison.json and comparison.png")
    options = parser.parse_args()
    torch.set_num_threads(1)
    steps = dict(entry.split("=") for entry in options.steps)
    schedules = {name: gs.Schedule(steps=int(count)) for name, count in steps.items() if name in options.methods}
    began = time.process_time()
    found = gs.compare_methods(
        gs.load_data(options.data), methods=options.methods, seeds=options.seeds, schedules=schedules, progress=True
    )
    print(found)
    print(f"\n{(time.process_time() - began) / 60:.1f} CPU minutes in all; steps: {', '.join(options.steps)}")
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        found.save(options.out / "comparison.json")
        save_figure(gs.plot(found), options.out / "comparison.png")


if __name__ == "__main__":
    main()
