"""What a person sees of a training: one bar with loss, divergence, live axes and the time left."""

__all__ = ["no_report", "show_progress"]

import contextlib
from collections.abc import Callable, Iterator

from gausscape.training.loop import Progress


@contextlib.contextmanager
def no_report() -> Iterator[Callable[[Progress], None]]:
    """A reporter that says nothing."""
    yield lambda progress: None


@contextlib.contextmanager
def show_progress() -> Iterator[Callable[[Progress], None]]:
    """A reporter on standard error: a bar on a terminal, ten lines elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(lambda words: console.print(words, soft_wrap=True, highlight=False))
        return
    columns = (
        TextColumn("fitting"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("fitting", total=None, words="")
        yield lambda progress: bar.update(task, total=progress.steps, completed=progress.step, words=_words(progress))


class _Lines:
    """Prints every tenth of the training, for logs."""

    def __init__(self, write: Callable[[str], None]):
        self.write = write
        self.tenth = 0

    def __call__(self, progress: Progress) -> None:
        tenth = 10 * progress.step // progress.steps
        if tenth > self.tenth:
            self.tenth = tenth
            self.write(f"fitting: step {progress.step} of {progress.steps}, {_words(progress)}")


def _words(progress: Progress) -> str:
    bound = "" if progress.bound is None else f", unseen bound {progress.bound:.1f}"
    return f"loss {progress.loss:.1f}, divergence {progress.divergence:.1f}, {progress.live} live axes{bound}"
