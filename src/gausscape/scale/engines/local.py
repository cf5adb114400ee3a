"""The engine local: this process, or several on this machine."""

__all__ = ["ENGINE", "Local"]

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import final

from gausscape.scale.engine import Engine, Report
from gausscape.scale.processes import Processes
from gausscape.scale.work import Task


@final
class Local(Engine):
    """One worker works in this process and reads the next shard meanwhile; more of them are processes of their own."""

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Report]:
        if self.workers > 1 and len(numbers) > 1:
            with Processes(task, min(self.workers, len(numbers))) as processes:
                yield from processes.run(numbers)
            return
        doing = task.open()
        with ThreadPoolExecutor(1) as reader:
            ahead = reader.submit(doing.read, numbers[0])
            for place, number in enumerate(numbers):
                objects = ahead.result()
                if place + 1 < len(numbers):
                    ahead = reader.submit(doing.read, numbers[place + 1])
                doing.finish(number, objects)
                yield Report(number)


ENGINE = Local
