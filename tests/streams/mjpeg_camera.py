"""`python mjpeg_camera.py PORT FILE`: a camera over HTTP (MJPEG, 10 a second). FILE says what it shows:
`drive`, `still`, `black`, `elsewhere`, `blurred`, `sizes` (each picture has another size), `text` (no pictures),
`nothing` (silence after the header). A request with another user than `viewer:s3cret&1` to /closed is refused."""

from __future__ import annotations

import base64
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.streams.scenes import Scene

LOGIN = "Basic " + base64.b64encode(b"viewer:s3cret&1").decode()


class Camera(BaseHTTPRequestHandler):
    """One viewer."""

    def do_GET(self) -> None:
        if self.path == "/closed" and self.headers.get("Authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        scene, other = Scene(1, 640, 360), Scene(77, 640, 360)
        for number in range(10**9):
            self._show(drawn(scene, other, number))
            time.sleep(0.1)

    def _show(self, data: bytes) -> None:
        if data:
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")

    def log_message(self, *_: object) -> None:
        pass


def drawn(scene: Scene, other: Scene, number: int) -> bytes:
    """The next picture's bytes."""
    shows = Path(sys.argv[2]).read_text(encoding="utf-8")
    place = number % 40 / 40, 0.6
    picture = scene.picture(place)
    if shows == "nothing":
        return b""
    if shows == "text":
        return b"this is no picture " * 40
    if shows == "still":
        picture = scene.ground
    elif shows == "black":
        picture = np.random.default_rng().integers(0, 6, picture.shape, dtype=np.uint8)
    elif shows == "elsewhere":
        picture = other.picture(place)
    elif shows == "blurred":
        picture = cv2.GaussianBlur(picture, (0, 0), 16)
    elif shows == "sizes":
        picture = cv2.resize(picture, (64 + 2 * (number * 37 % 400), 64 + 2 * (number * 53 % 300)))
    return cv2.imencode(".jpg", picture)[1].tobytes()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Camera)
    server.daemon_threads = True
    server.serve_forever()
