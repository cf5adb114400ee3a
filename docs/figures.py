"""Draw the figures of the documentation, light and dark, with the product's own style.

    python docs/figures.py [NAME ...]

Each file of docs/drawings has a function `draw(look)`; what it draws is written to docs/theory/figures/NAME-light.png and
NAME-dark.png, with a palette, so that no file is larger than 60 kB. A few minutes on one core.
"""

import importlib.util
import io
import sys
from pathlib import Path

import torch
from matplotlib import rc_context
from PIL import Image

from gausscape.figures.style import Look, to_bytes

HERE = Path(__file__).resolve().parent
DRAWINGS = HERE / "drawings"
OUT = HERE / "theory" / "figures"
LARGEST = 60_000
TRIED = ((160, 128), (160, 64), (128, 64), (110, 48), (96, 32))


def main(wanted: list[str]) -> None:
    """Draw those that are wanted, or all."""
    # Drawings share the fitted spaces of `fitted.py`.
    sys.path.insert(0, str(DRAWINGS))
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    for path in sorted(DRAWINGS.glob("*.py")):
        specification = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        if not hasattr(module, "draw") or (wanted and path.stem not in wanted):
            continue
        for look in (Look(), Look(dark=True)):
            with rc_context(look.settings()):
                figure = module.draw(look)
            target = OUT / f"{path.stem.replace('_', '-')}-{'dark' if look.dark else 'light'}.png"
            target.write_bytes(small(figure))
            print(f"{target.relative_to(HERE)}  {target.stat().st_size / 1000:.0f} kB", flush=True)


def small(figure) -> bytes:
    """The figure as PNG of at most 60 kB: fewer colours first, then fewer dots."""
    for dots, colours in TRIED:
        # A picture has the dots that it has.
        drawn = (
            figure
            if isinstance(figure, Image.Image)
            else Image.open(io.BytesIO(to_bytes(figure, "png", dots_per_inch=dots)))
        )
        picture = drawn.convert("RGB")
        buffer = io.BytesIO()
        picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            buffer, "png", optimize=True
        )
        if buffer.tell() <= LARGEST:
            break
    return buffer.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
