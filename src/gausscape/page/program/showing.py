"""What does a recipe show of expected cells? The reference, in Python, for the pictures that a page makes by itself."""

__all__ = ["show_cells"]

import datetime
from typing import Any

import numpy as np

from gausscape.modality import Picture

HOUR = 3_600_000_000
DAY = 24 * HOUR


def show_cells(recipe: dict[str, Any], cells: np.ndarray) -> list[Picture]:
    """The picture of each row of cells.

    Args:
        recipe: Of a kind of data, see `Modality.picture_recipe`.
        cells: Expected cells, (n, cells).

    Example:
        >>> recipe = {"kind": "raster", "height": 1, "width": 2, "channels": 1, "levels": 1}
        >>> show_cells(recipe, np.array([[0.2, 0.9]]))[0].data.tolist()
        [[0.0, 1.0]]
    """
    return [_SHOWN[recipe["kind"]](recipe, np.asarray(row, dtype=np.float32)) for row in cells]


def _raster(recipe: dict[str, Any], cells: np.ndarray) -> Picture:
    image = cells.clip(0, 1).reshape(recipe["height"], recipe["width"], recipe["channels"])
    levels = recipe["levels"]
    image = image if levels is None else np.rint(image * levels) / np.float32(levels)
    return Picture("raster", image[..., 0] if recipe["channels"] == 1 else image)


def _line(recipe: dict[str, Any], cells: np.ndarray) -> Picture:
    values = cells.astype(np.float64).reshape(recipe["time"], recipe["channels"]) * recipe["scale"] + recipe["shift"]
    values = np.rint(values) if recipe["whole"] else values
    return Picture("line", values if recipe["low"] is None else values.clip(recipe["low"], recipe["high"]))


def _rows(recipe: dict[str, Any], cells: np.ndarray) -> Picture:
    return Picture("rows", [(column["name"], _text(column, cells)) for column in recipe["columns"]])


def _text(column: dict[str, Any], cells: np.ndarray) -> str:
    return _TEXTS[column["how"]](column, cells)


def _when(column: dict[str, Any], cells: np.ndarray) -> str:
    flag = cells[column["when"]]
    otherwise = flag > 0.5 if column.get("above") else flag < 0.5
    return column["otherwise"] if otherwise else _text(column["inner"], cells)


def _choice(column: dict[str, Any], cells: np.ndarray) -> str:
    levels, at = column["levels"], column["at"]
    chosen = int(cells[at : at + len(levels)].argmax())
    if chosen == len(levels) - 1 and "rare" in column:
        return _text(column["rare"], cells)
    return levels[chosen]


def _nearest(column: dict[str, Any], cells: np.ndarray) -> str:
    knots = np.asarray(column["knots"], dtype=np.float64)
    # Between two knots the lower one, as the way back of levels in an order has it.
    return column["texts"][int(np.searchsorted((knots[1:] + knots[:-1]) / 2, cells[column["at"]]))]


def _number(column: dict[str, Any], cells: np.ndarray) -> str:
    value = _interpolated(column, cells)
    digits = column["digits"]
    value = value if digits < 0 else float(np.round(value, digits))
    told = _plain(value) if column.get("plain") else _in_four_digits(value)
    return f"{column['prefix']}{told}{column['suffix']}"


def _date(column: dict[str, Any], cells: np.ndarray) -> str:
    instant = int(np.rint(_interpolated(column, cells))) * column["step"] + column["origin"]
    if column["weekday"] is not None:
        weekday = int(cells[column["weekday"] : column["weekday"] + 7].argmax())
        # Of the seven days around, the one that is such a day; 1 January 1970 was a Thursday.
        instant += ((weekday - (instant // DAY + 3) % 7 + 3) % 7 - 3) * DAY
    if column["hour"] is not None:
        instant += int(cells[column["hour"] : column["hour"] + 24].argmax()) * HOUR
        within, fine = column["within"], column["fine"]
        steps = 0 if within is None else int(np.clip(np.rint(_interpolated(within, cells)), 0, HOUR // fine - 1))
        instant += column["minute"] if within is None else steps * fine
    instant = min(max(instant, column["low"]), column["high"])
    told = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=instant)
    return told.isoformat(" ").removesuffix(" 00:00:00")


def _duration(column: dict[str, Any], cells: np.ndarray) -> str:
    return str(datetime.timedelta(microseconds=int(np.rint(_interpolated(column, cells))) * column["step"]))


def _interpolated(column: dict[str, Any], cells: np.ndarray) -> float:
    return float(np.interp(cells[column["at"]], column["knots"], column["values"]))


def _plain(value: float) -> str:
    return format(value, ".15g")


def _in_four_digits(value: float) -> str:
    size = abs(value)
    if size != 0 and not 1e-4 <= size < 1e9:
        return f"{value:.4g}"
    if value.is_integer():
        return f"{int(value):,}"
    decimals = max(0, 3 - int(np.floor(np.log10(size))))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:,.0f}"


_SHOWN = {"raster": _raster, "line": _line, "rows": _rows}
_TEXTS = {"when": _when, "choice": _choice, "text": _nearest, "number": _number, "date": _date, "duration": _duration}
