"""What does the server answer? The page, and what a live model says of places in the space; nothing is ever read from a path."""

__all__ = ["build_application"]

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from gausscape.errors import GausscapeError

MOST_WAITING = 16


class Queue:
    """One job at a time; a few may wait, more are sent away.

    Args:
        most_waiting: How many may wait.
    """

    def __init__(self, most_waiting: int = MOST_WAITING):
        self.most_waiting = most_waiting
        self.waiting = 0
        self._slot = asyncio.Semaphore(1)

    @property
    def is_full(self) -> bool:
        """Whether the next one must come again later."""
        return self.waiting >= self.most_waiting

    async def run(self, job: Callable[[], Any]) -> tuple[Any, int]:
        """(what the job returned, how many were before it)."""
        before = self.waiting + self._slot.locked()
        self.waiting += 1
        try:
            await self._slot.acquire()
        finally:
            self.waiting -= 1
        try:
            return await run_in_threadpool(job), before
        finally:
            self._slot.release()


def build_application(page: str, answer: Callable[[dict[str, Any]], bytes], *, most_waiting: int = MOST_WAITING) -> Starlette:
    """The application behind the gate.

    Args:
        page: The whole page, HTML.
        answer: From a question about places (see `LiveModel.answer`) to a payload; may take long, runs one at a time.
        most_waiting: Questions that may wait for their turn.
    """
    queue = Queue(most_waiting)

    async def show(request: Request) -> Response:
        return HTMLResponse(page)

    async def places(request: Request) -> Response:
        try:
            question = json.loads(await request.body())
        except (ValueError, RecursionError):
            return PlainTextResponse("A question about places needs to be JSON, but this is not.\n", 400)
        if not isinstance(question, dict):
            return PlainTextResponse("A question about places needs to be a JSON object, but this is none.\n", 400)
        if queue.is_full:
            return PlainTextResponse(
                f"{queue.waiting} questions wait already. Ask again in a second.\n", 429, headers={"retry-after": "1"}
            )
        try:
            payload, before = await queue.run(lambda: answer(question))
        except GausscapeError as error:
            return PlainTextResponse(f"{error}\n", 422)
        except Exception as error:  # the user's own model may raise anything: its message is theirs to read
            return PlainTextResponse(f"The model failed with {type(error).__name__}: {error}\n", 500)
        return Response(payload, media_type="application/octet-stream", headers={"x-queue-position": str(before)})

    return Starlette(routes=[Route("/", show, methods=["GET"]), Route("/api/places", places, methods=["POST"])])
