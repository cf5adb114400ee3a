"""How much faster is one batched call than a call for each cell of a 30 x 30 map?

Prints seconds for 900 objects decoded one by one and all at once, for gausscape, for the program that a page runs by itself
(where node and web/node_modules are there) and, when TensorFlow is installed, for the same number of Keras `predict` calls
of a convolutional decoder (what demo notebooks do). Ratios are medians over repeats; the spread stands beside them.

    python benchmarks/map_speed.py [--repeats 5]
"""

import argparse
import base64
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import gausscape as gs

CELLS = 900
WEB = Path(__file__).resolve().parents[1] / "web"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    items = gs.load_data("mnist-5k")
    space = gs.fit(items, latent=2, schedule=gs.Schedule(steps=50))
    grid = np.random.default_rng(0).standard_normal((CELLS, 2))

    def single() -> None:
        for point in grid:
            space.decode(point[None])

    ours = times(lambda: space.decode(grid), options.repeats)
    report("gausscape, one call", ours)
    one_by_one = times(single, options.repeats)
    report("gausscape, 900 calls", one_by_one, ours)
    page = page_times(space, grid, options.repeats)
    if page is None:
        print(
            "page: it needs node, web/node_modules (`npm ci` in web/) and all that gausscape depends on, so it was not measured"
        )
    else:
        report("page, one call", page["together"], ours)
        report("page, 900 calls", page["single"], ours)
    predict = keras_decoder()
    if predict is None:
        print("Keras: TensorFlow is not installed, so its 900 predict calls were not measured")
        return
    report("Keras, one predict", times(lambda: predict(grid), options.repeats), ours)
    report("Keras, 900 predicts", times(lambda: [predict(point[None]) for point in grid], 1), ours)


def page_times(space: gs.Space, grid: np.ndarray, repeats: int) -> dict[str, list[float]] | None:
    """Seconds that a page's program needs in node for the grid, "together" and "single"; None without node."""
    try:
        from gausscape.page.pack import pack, singles
        from gausscape.page.program import write_program
    except ImportError:
        return None
    runner, bundler = shutil.which("node"), WEB / "node_modules" / ".bin" / "rolldown"
    if runner is None or not bundler.exists():
        return None
    decoder = {"program": write_program(space).program, "recipe": space.modality.picture_recipe()}
    asked = {"z": singles(grid), "repeats": repeats}
    document = {
        "format": "gausscape-page",
        "version": 1,
        "spaces": [{"decoder": decoder, "latent": space.latent, "asked": asked}],
    }
    with tempfile.TemporaryDirectory() as folder:
        bundle, packed = Path(folder) / "speed.mjs", Path(folder) / "page.txt"
        command = [bundler, "tests/speed.ts", "--format", "esm", "--platform", "node", "--file", bundle]
        subprocess.run(command, cwd=WEB, check=True, capture_output=True)
        packed.write_bytes(base64.b64encode(pack(document)))
        found = json.loads(subprocess.run([runner, bundle, packed], check=True, capture_output=True, text=True).stdout)
    return {name: [milliseconds / 1000 for milliseconds in each] for name, each in found.items()}


def times(action: Callable[[], object], repeats: int) -> list[float]:
    """Wall seconds of each repeat, after one for warming up."""
    action()
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return found


def report(name: str, seconds: list[float], against: list[float] | None = None) -> None:
    """One row: median seconds, spread, and the ratio to the batched call."""
    ratio = f", {statistics.median(seconds) / statistics.median(against):.1f} times the one call" if against else ""
    print(
        f"{name:<22} {statistics.median(seconds):.4f} s ({min(seconds):.4f} to {max(seconds):.4f}){ratio}", flush=True
    )


def keras_decoder() -> Callable[[np.ndarray], object] | None:
    """`predict` of a small convolutional decoder, or None without TensorFlow."""
    try:
        import tensorflow as tf
    except ImportError:
        return None
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(7 * 7 * 64, activation="relu"),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    return lambda z: model.predict(z, verbose=0)


if __name__ == "__main__":
    main()
