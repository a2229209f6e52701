"""A real Chromium without a window, driven through its DevTools protocol over a pipe: no package but the browser itself."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from skimage import io as image_io


class Browser:
    """One page in one Chromium. Use as a context manager."""

    def __init__(self, width: int = 1400, height: int = 1000):
        assert shutil.which("chromium"), "expected Debian's chromium: make test-packages"
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # The browser reads commands from its descriptor 3 and writes to 4.
        command_out, self._commands = os.pipe()
        self._answers, answers_in = os.pipe()
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{command_out} 4>&{answers_in}; exec "$@"', "browser",
             "chromium", "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}",
             f"--window-size={width},{height}", "--hide-scrollbars", "--disable-gpu", "--no-first-run",
             # A container's root has no sandbox, and its /dev/shm is small.
             "--no-sandbox", "--disable-dev-shm-usage", "about:blank"],
            pass_fds=(command_out, answers_in), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(command_out)
        os.close(answers_in)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._events: list[str] = []
        #: Console messages and uncaught errors since the last page was opened.
        self.messages: list[str] = []
        pages = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._commands)
        self._process.terminate()
        self._process.wait(20)
        os.close(self._answers)
        self._folder.cleanup()

    def call(self, method: str, **parameters: object) -> dict:
        """Sends a command and returns its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _receive(self, timeout: float = 60) -> dict:
        """The next message; what it says about the page is kept."""
        end = time.monotonic() + timeout
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0, end - time.monotonic()))
            piece = os.read(self._answers, 1 << 20) if ready else b""
            assert piece, "the browser is silent or gone"
            self._buffer += piece
        text, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(text)
        method, about = message.get("method", ""), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.messages.append(f"{about['type']}: {[a.get('value', a.get('description')) for a in about['args']]}")
        elif method == "Runtime.exceptionThrown":
            self.messages.append(str(about["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.messages.append(f"{about['entry']['level']}: {about['entry']['text']}")
        elif method == "Page.loadEventFired":
            self._events.append(method)
        return message

    def open(self, path: Path, theme: str = "light") -> None:
        """Opens a file as a reader of that theme and waits until it is there."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.messages.clear()
        self._events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not self._events:
            self._receive()

    def run(self, code: str) -> object:
        """The value of a JavaScript expression; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, f"{code}: {result['exceptionDetails']}"
        return result["result"].get("value")

    def box(self, selector: str) -> dict:
        """Where the first element of a selector is in the window, after it was scrolled to: left, top, width, height."""
        code = f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{ block: "center", behavior: "instant" }});
            const box = element.getBoundingClientRect();
            return {{ left: box.left, top: box.top, width: box.width, height: box.height }};
        }})()"""
        return self.run(code)

    def _mouse(self, kind: str, x: float, y: float, **more: object) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        self.drag((x, y), (x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Moves the pointer to `start`, presses its button there and lets go at `end`."""
        self._mouse("mouseMoved", *start)
        self._mouse("mousePressed", *start, button="left", buttons=1, clickCount=1)
        if end != start:
            self._mouse("mouseMoved", *end, button="left", buttons=1)
        self._mouse("mouseReleased", *end, button="left", clickCount=1)

    def screenshot(self, path: Path | None = None, whole: bool = False) -> np.ndarray:
        """The window, or the whole page, uint8 [H, W, 3]."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}} if whole else {}
        data = base64.b64decode(
            self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **clip)["data"])
        if path:
            path.write_bytes(data)
        return image_io.imread(io.BytesIO(data))[..., :3]
