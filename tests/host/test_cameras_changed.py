"""A person changes the profile's cameras while they run: a file is all that is touched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.host.running_cameras import ROW, Running, running_cameras
from tests.streams.scenes import write_clip

pytestmark = pytest.mark.timeout(600)
WITHIN_S = 60.0
OTHER_LINE = '[[camera]]\nid = "cam-01"\nlines = [{ id = "moi", start = [0.5, 0.2], end = [0.5, 0.95] }]\n'


@pytest.fixture
async def city(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Runs cameras with these sources by id."""
    async with AsyncExitStack() as stack:

        async def start(sources: dict[str, str]) -> Running:
            running = await stack.enter_async_context(running_cameras(sqlite_url, tmp_path, sources))
            for id in sources:
                await running.until(id, "ok", WITHIN_S)
            return running

        yield start


def lay_over(folder: Path, text: str) -> None:
    """Writes the overlay's file as a person's editor does: whole, under its name at once."""
    overlay = folder / "overlay"
    overlay.mkdir(exist_ok=True)
    (overlay / "beside").write_text(text, encoding="utf-8")
    (overlay / "beside").rename(overlay / "cameras.toml")


async def comes(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await holds():
            await asyncio.sleep(0.1)


async def said_of(running: Running, topic: str, key: str) -> Any:
    rows = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all([topic])}
    return rows.get(key)


async def test_a_changed_camera_counts_by_its_new_line_and_the_others_go_on_untouched(
    city: Any, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    running = await city({"cam-01": f"file:{clip}", "cam-02": f"file:{clip}"})
    before = dict(running.cameras.keepers)
    decoder = before["cam-01"].decoder
    fences = {id: one.fence for id, one in running.cameras.placed.items()}
    lay_over(tmp_path, OTHER_LINE)

    async def counts() -> bool:
        return any(one.key == "cam-01/moi/in" and one.value for one in await running.readings())

    await comes(counts)
    assert running.cameras.keepers["cam-01"] is before["cam-01"]
    assert before["cam-01"].decoder is decoder, "what it has learnt of the scene is not lost"
    assert running.cameras.keepers["cam-02"] is before["cam-02"]
    assert (before["cam-02"].restarts, before["cam-02"].decoder is not None) == (0, True)
    assert {id: one.fence for id, one in running.cameras.placed.items()} == fences
    assert await running.state("cam-02") == "ok"


async def test_who_watches_is_told_of_each_crossing_and_the_tally_runs_on(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    running = await city({"cam-01": f"file:{clip}"})

    async def tally() -> dict[str, Any] | None:
        told: dict[str, Any] | None = (await said_of(running, "cam", "cam-01"))["passed"]
        return told

    assert await tally() is None, "of a camera nobody watches no screen is told"
    watching = asyncio.create_task(keep_watching(running, "cam-01"))
    try:
        lay_over(tmp_path, OTHER_LINE)

        async def counted() -> bool:
            told = await tally()
            return told is not None and told["lines"].get("moi", [0, 0])[0] > 0

        await comes(counted)
        told = await tally()
        lay_over(tmp_path, f'{OTHER_LINE}masks = [{{ id = "che", points = [[0, 0], [0.1, 0], [0.1, 0.1]] }}]\n')
        anew = running.cameras.keepers["cam-01"]

        async def begun_anew() -> bool:
            return running.cameras.keepers.get("cam-01") not in (None, anew) and await counted()

        await comes(begun_anew)
        after = await tally()
        assert told is not None and after is not None
        assert after["since"] == told["since"]
        assert after["lines"]["moi"][0] >= told["lines"]["moi"][0], "the tally goes on under a mask"
    finally:
        watching.cancel()


async def keep_watching(running: Running, camera: str) -> None:
    """As a screen that looks at it closely does."""
    while True:
        await running.parts.frames.watch([camera])
        await asyncio.sleep(1)


async def test_a_new_camera_is_seen_and_listed_and_one_that_is_gone_is_let_go(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    lay_over(tmp_path, ROW.format(id="cam-moi", source=f"file:{clip}"))
    await running.until("cam-moi", "ok", WITHIN_S)

    async def listed() -> bool:
        return await said_of(running, "source", "camera:cam-moi") is not None

    await comes(listed)
    assert "cam-moi" in running.city.book.entries
    keeper = running.cameras.keepers["cam-moi"]
    (tmp_path / "overlay" / "cameras.toml").unlink()

    async def gone() -> bool:
        let_go = "cam-moi" not in running.cameras.placed and keeper.decoder is None
        entry = running.city.book.entries.get("cam-moi")  # whose last readings may come after it left the list
        return let_go and (entry is None or not entry.known)

    await comes(gone)
    assert "cam-moi" not in running.cameras.placing.fences
    assert set(running.cameras.placed) == {"cam-01"}


async def test_a_file_gone_wrong_keeps_the_last_good_plan_and_says_so(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    keeper = running.cameras.keepers["cam-01"]

    async def says(words: str) -> bool:
        said = await said_of(running, "module", "cameras")
        return said is not None and words in said["detail"]["vi"]

    for wrong in (
        '[[camera]]\nid = "cam-01"\nlines = [{ id = "moi", start = [0.5, 2], end = [0.5, 1] }]\n',
        "[[camera",
    ):
        lay_over(tmp_path, wrong)
        await comes(lambda: says("vẫn dùng bản trước"))
        assert running.cameras.keepers["cam-01"] is keeper
        assert await running.state("cam-01") == "ok"
    lay_over(tmp_path, OTHER_LINE)

    async def goes_on() -> bool:
        return not await says("vẫn dùng bản trước")

    await comes(goes_on)
    assert running.cameras.keepers["cam-01"] is keeper
    assert [line.id for line in running.cameras.placed["cam-01"].seen.camera.lines] == ["moi"]
