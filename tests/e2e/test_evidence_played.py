"""A camera of the city reports something: its pictures are kept, play in a real browser, and leave blurred."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from ioc.core.clock import SystemClock, iso
from tests.browser import PATIENCE_MS
from tests.running import City, running_city
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(600)
SEEN_S = 180.0
CAMERA, REPORTED = "cam-01", "public_security.analytics.raised"
PLAY = """async ([source, wanted]) => {
    const image = document.createElement('img');
    image.src = source;
    document.body.append(image);
    const canvas = document.createElement('canvas');
    const seen = new Set();
    while (seen.size < wanted) {
        await new Promise(resolve => setTimeout(resolve, 20));
        if (!image.naturalWidth) continue;
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        const drawn = canvas.getContext('2d', { willReadFrequently: true });
        drawn.drawImage(image, 0, 0);
        const data = drawn.getImageData(0, 0, canvas.width, canvas.height).data;
        let sum = 0;
        for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + data[at] + data[at + 1]) % 2147483647;
        seen.add(sum);
    }
    return { pictures: seen.size, width: image.naturalWidth };
}"""


LEAVE = """async ([evidence, purpose]) => {
    const send = (path, body) => fetch(path, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body)
    });
    const draft = await (await send('/api/v1/releases', { evidence, clip: true })).json();
    const path = `/api/v1/releases/${draft.id}`;
    const answer = await send(`${path}/blurred`, { whole: draft.whole });
    const seen = { whole: draft.whole, sha256: answer.headers.get('etag').replaceAll('"', ''), clear: true, purpose };
    const film = await answer.blob();
    const early = (await send(`${path}/confirm`, seen)).status;
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(film);
    document.body.append(video);
    const ended = new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(new Error(video.error.message));
    });
    await video.play();
    await ended;
    const confirmed = await send(`${path}/confirm`, seen);
    const { url } = await confirmed.json();
    const taken = await (await fetch(url)).blob();
    const digest = await crypto.subtle.digest('SHA-256', await taken.arrayBuffer());
    const sha256 = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
    return {
        early, status: confirmed.status, same: sha256 === seen.sha256, kind: taken.type,
        width: video.videoWidth, lasts: video.duration, pictures: draft.clip.at_ms.length
    };
}"""


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """With roads, cameras and their pictures, and without simulated people."""
    with running_city("--calm") as running:
        yield running


@pytest.fixture
def evidence(city: City) -> dict[str, Any]:
    """What is kept of an intrusion that the camera itself reports."""
    wait_until(lambda: _sees(city), f"{CAMERA} sees", SEEN_S)
    said = {"camera": CAMERA, "topic": "line_crossing", "state": True, "t": iso(SystemClock().now())}
    answer = city.post("/api/v1/security/analytics", json=said, headers={"ioc-role": "device"})
    assert answer.status_code == 202, answer.text
    wait_until(lambda: bool(_kept(city)), "its pictures are kept", SEEN_S)
    [one, *_] = _kept(city)
    return one


def test_the_clip_of_an_event_plays_in_a_browser(city: City, evidence: dict[str, Any], page: Page) -> None:
    assert evidence["clip"]["pictures"] > 10
    page.goto(f"{city.url}/report")
    page.set_default_timeout(PATIENCE_MS)
    shown = page.evaluate(PLAY, [f"{evidence['clip']['play']}?speed=4", 5])
    assert shown["pictures"] >= 5, "it moves"
    assert shown["width"] >= 320
    snapshot = city.get(evidence["snapshot"]["url"])
    assert (snapshot.status_code, snapshot.content[:2]) == (200, b"\xff\xd8")
    custody = city.get(f"/api/v1/evidence/{evidence['id']}/custody", headers={"ioc-role": "supervisor"}).json()
    assert [line["action"] for line in custody["lines"]] == [*["evidence.viewed"] * 2, "evidence.kept"]


def test_the_clip_leaves_blurred_and_watched_under_the_pages_own_policy(
    city: City, evidence: dict[str, Any], page: Page
) -> None:
    page.goto(f"{city.url}/console")
    page.set_default_timeout(PATIENCE_MS)
    left = page.evaluate(LEAVE, [evidence["id"], "Gửi Công an phường"])
    assert (left["early"], left["status"], left["same"], left["kind"]) == (409, 200, True, "video/webm")
    assert left["width"] >= 320 and left["pictures"] == evidence["clip"]["pictures"]
    assert left["lasts"] > left["pictures"] / 4
    [listed] = [one for one in city.get("/api/v1/releases").json()["releases"] if one["kind"] == "clip"]
    assert (listed["camera"], listed["state"]) == (CAMERA, "released")


def _sees(city: City) -> bool:
    cameras = city.get("/api/v1/cameras").json()["cameras"]
    return any(one["id"] == CAMERA and one["state"] == "ok" for one in cameras)


def _kept(city: City) -> list[dict[str, Any]]:
    found = city.get("/api/v1/evidence", params={"camera": CAMERA}).json()["evidence"]
    return [one for one in found if one["state"] == "kept" and one["type"] == REPORTED]
