"""The page in a notebook's cell; what is chosen on it can be read from Python. Where widgets do not run, the static figure stands."""

__all__ = ["Explorer", "explore"]

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from gausscape.errors import ConfigurationError, DataError
from gausscape.figures.notebook import show
from gausscape.items import Items
from gausscape.page.chosen import Chosen, read_address
from gausscape.page.collected import collect
from gausscape.page.pack import pack, unpack
from gausscape.page.write import CALLS, build_page
from gausscape.space.patch import Patch
from gausscape.space.space import Space

HEIGHT = 860
LEAST_HEIGHT = 200


class Explorer(anywidget.AnyWidget):
    """The interactive page as a widget. Made by `explore`, or `space.explore()`.

    Attributes:
        page: The whole page, HTML; it runs in a frame that may run its own script and nothing else.
        address: Of what is chosen, as in a deep link; may be set.
        height: Of the cell, in pixels.
    """

    _esm = Path(__file__).parent / "cell.js"
    page = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    address = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(HEIGHT).tag(sync=True)

    def __init__(self, spaces: list[Space], *, page: str, document: Any, items: Items | None, height: int):
        super().__init__(page=page, title=f"Explore {document['title']}", height=height)
        self._spaces, self._document, self._items = spaces, document, items

    @property
    def chosen(self) -> Chosen:
        """What is chosen on the page now."""
        return read_address(self.address, self._document)

    def patch(self) -> Patch:
        """The circle as a patch of the space.

        Raises:
            ConfigurationError: If there is no circle yet.
        """
        chosen = self.chosen
        if chosen.circle is None:
            raise ConfigurationError("A patch needs a circle, but none is drawn yet. Draw one in the view Patch.")
        centre, radius = chosen.circle
        space = self._spaces[chosen.space]
        return space.patch(space.aggregate.unwhiten(centre[None])[0], radius=radius)

    def objects(self) -> Items:
        """The real objects inside the circle; the clicked one without a circle.

        Raises:
            DataError: If the page was made without data, or none is chosen.
        """
        if self._items is None:
            raise DataError("Chosen objects need data, but the page was made without. Pass explore(data=...).")
        wanted = set(self.chosen.ids)
        rows = np.flatnonzero([str(each) in wanted for each in self._items.ids])
        if not len(rows):
            raise DataError("Chosen objects need a circle with some inside, or a clicked one, but there is none. Choose on the page.")
        return self._items.take(rows)

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        bundle = super()._repr_mimebundle_(**settings)
        # A front end takes the richest kind that it knows: without widgets that is the figure.
        data, metadata = show(self._spaces[0])
        own, own_metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return data | own, metadata | own_metadata


def explore(
    answers: Any, *, data: Any = None, outcomes: Any = (), calls: int = CALLS, height: int = HEIGHT, title: str | None = None
) -> Explorer:
    """The interactive page in a notebook's cell.

    Args:
        answers: As for `write_page`.
        data: Real objects to show; needed to read chosen objects back.
        outcomes: y, one or several, painted over the planes.
        calls: The most objects that each y is asked about.
        height: Of the cell, in pixels.
        title: Of the page.

    Returns:
        Explorer: `.chosen`, `.patch()` and `.objects()` say what the reader has chosen.

    Raises:
        ConfigurationError, DataError: As `write_page`.
    """
    from gausscape.page.compose import Wanted

    if isinstance(height, bool) or not isinstance(height, int) or height < LEAST_HEIGHT:
        raise ConfigurationError(f"A cell needs a height of at least {LEAST_HEIGHT} pixels, but got {height!r}. Pass {HEIGHT}, say.")
    found = collect(answers)
    items = None if data is None else Items.of(data)
    built = build_page(answers, data=items, outcomes=outcomes, calls=calls, wanted=Wanted(title))
    return Explorer(
        list(found.spaces.values()), page=built.html, document=unpack(pack(built.document)), items=items, height=height
    )
