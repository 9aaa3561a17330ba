"""`python rtsp_camera.py PORT FOLDER [B_FRAMES]`: serves a folder over RTSP, after drawing `cam.mp4` if it lacks it."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
from aio_rtsp_toolkit import server

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.streams.scenes import Scene

FPS = 10
WATCHERS = 64  # each keeps a thread of the server busy, who finds none free stands still


def draw(path: Path, seconds: int = 10, b_frames: int = 0) -> None:
    """H.264 of a car that drives to the right. With B-frames, pictures wait in a decoder for those that come later."""
    scene = Scene(1, 640, 360)
    options = {"preset": "ultrafast", "g": "10", "bf": str(b_frames), "x264-params": "b-adapt=0"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        for number in range(seconds * FPS):
            frame = av.VideoFrame.from_ndarray(scene.picture((number % 40 / 40, 0.6)), format="bgr24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


async def serve(folder: Path, port: int) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WATCHERS))
    await server.serve(str(folder), host="127.0.0.1", port=port)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    if not (folder / "cam.mp4").exists():
        draw(folder / "cam.mp4", b_frames=int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    asyncio.run(serve(folder, int(sys.argv[1])))
