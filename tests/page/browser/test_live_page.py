"""The page against a live model: places are answered by Python, and a server that has stopped is said to have stopped (row W9)."""

import socket
import threading
import time

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="the server is an extra: pip install 'gausscape[serve]'")

import gausscape as gs

TOKEN = "token-of-the-test"


@pytest.fixture(scope="module")
def live():
    import uvicorn

    from gausscape.page.compose import Wanted
    from gausscape.page.server import LiveModel, build_application
    from gausscape.page.server.gate import Gate
    from gausscape.page.server.guarded_protocol import GuardedProtocol
    from gausscape.page.write import build_page

    data = np.random.default_rng(0).uniform(size=(160, 5, 5)).astype("float32")
    space = gs.fit(data, latent=2, method="pca")
    y = gs.Outcome.of(lambda images: images.mean((1, 2)), name="brightness")
    built = build_page(space, data=data[:40], outcomes=y, wanted=Wanted(live="self"))
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(64)
    port = sock.getsockname()[1]
    model = LiveModel({built.document["spaces"][0]["id"]: space}, [y])
    gate = Gate(build_application(built.html, model.answer), token=TOKEN, port=port)
    config = uvicorn.Config(
        gate, http=GuardedProtocol, ws="none", lifespan="off", access_log=False, log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)
        sock.close()

    yield f"http://127.0.0.1:{port}", space, stop
    stop()


def test_W9_the_live_model_answers_and_its_end_is_told(live, browser):
    address, _, stop = live
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda each: each.type == "error" and said.append(each.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/?token={TOKEN}#view=map&a=0.7&b=-0.4")
    panel = page.locator(".live")
    panel.filter(has_text="Answered by the live model").wait_for(timeout=15_000)
    assert "token" not in page.url
    assert said == []

    # Python is asked about the very place that the cross-hair shows.
    asked = []
    page.on("request", lambda request: request.url.endswith("/api/places") and asked.append(request.post_data_json))
    page.evaluate("location.hash = 'view=map&a=-0.5&b=1.1'")
    page.wait_for_timeout(200)
    panel.filter(has_text="Answered by the live model").wait_for(timeout=15_000)
    assert asked[-1]["space"] == "s1"
    plane_norm = np.linalg.norm(np.asarray(asked[-1]["u"][0]))
    assert plane_norm == pytest.approx(np.hypot(0.5, 1.1), rel=1e-3)

    # The link worked once: another browser gets nothing.
    other = browser.new_context()
    assert other.new_page().goto(f"{address}/?token={TOKEN}").status == 401
    other.close()

    stop()
    page.evaluate("location.hash = 'view=map&a=1.5&b=0.1'")
    panel.filter(has_text="The server has stopped").wait_for(timeout=15_000)
    assert page.locator("main h2").is_visible()
    context.close()
