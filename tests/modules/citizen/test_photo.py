"""Photos: only the picture survives, and files that lie are refused."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest
from PIL import Image

from ioc.core.errors import Problem
from modules.citizen.photo import MAX_BYTES, MAX_SIDE_PX, clean_photo
from tests.modules.citizen.conftest import photo


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def png(width: int, height: int, data: bytes) -> bytes:
    """A PNG whose header says what we like."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_plain_jpeg(kind: str) -> None:
    found = clean_photo(photo(kind=kind))
    picture = opened(found.jpeg)
    assert picture.format == "JPEG"
    assert picture.size == (found.width, found.height) == (640, 480)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_position_and_device_are_gone(kind: str) -> None:
    sent = photo(kind=kind, gps=True)
    assert opened(sent).getexif().get_ifd(0x8825)
    found = clean_photo(sent).jpeg
    assert not opened(found).getexif()
    for trace in (b"Exif", b"3000", b"http://ns.adobe.com", b"ICC_PROFILE"):
        assert trace not in found


def test_profiles_comments_xmp_and_what_is_glued_behind_are_gone() -> None:
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(
        out,
        "JPEG",
        comment="<script>alert(1)</script>",
        icc_profile=b"bi-mat" * 30,
        xmp=b"<x:xmpmeta>bi-mat</x:xmpmeta>",
    )
    found = clean_photo(out.getvalue() + b"%PDF-1.7 bi-mat <script>").jpeg
    assert b"script" not in found
    assert b"bi-mat" not in found
    assert set(opened(found).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_is_turned_upright() -> None:
    found = clean_photo(photo((640, 480), orientation=6))
    assert (found.width, found.height) == (480, 640)


def test_a_large_photo_is_made_smaller() -> None:
    found = clean_photo(photo((4000, 3000)))
    assert max(found.width, found.height) == MAX_SIDE_PX
    assert found.width / found.height == pytest.approx(4 / 3, abs=0.01)


def test_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(clean_photo(out.getvalue()).jpeg).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK", "LA"])
def test_every_kind_of_colour_is_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(clean_photo(out.getvalue()).jpeg).mode == "RGB"


def test_the_same_picture_has_the_same_hash_after_recompression() -> None:
    picture = Image.effect_noise((16, 16), 90).resize((800, 600))
    files = []
    for quality in (95, 60):
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=quality)
        files.append(clean_photo(out.getvalue()).hash)
    assert files[0] is not None
    assert files[0] == files[1]


def test_an_even_picture_has_no_hash() -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "black").save(out, "PNG")
    assert clean_photo(out.getvalue()).hash is None


LIARS = {
    "50,000 x 50,000 in a few bytes": (png(50_000, 50_000, zlib.compress(bytes(1000))), 422),
    "just over 50 million pixels": (png(10_001, 5_000, zlib.compress(bytes(1000))), 422),
    "large and almost empty": (png(7_000, 7_000, zlib.compress(bytes(1000))), 422),
    "more rows than there are": (png(100, 100, zlib.compress(bytes(50))), 422),
    "no pixels": (png(0, 0, b""), 422),
    "negative size": (png(2**31 - 1, 2**31 - 1, b""), 422),
    "cut in the middle": (photo()[:3000], 422),
    "only the first bytes": (b"\xff\xd8\xff\xe0", 422),
    "WebP with a wrong size": (b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(50), 422),
    "a text that says it is a photo": (b"xin ch\xc3\xa0o", 415),
    "nothing": (b"", 415),
    "SVG with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 415),
    "GIF": (b"GIF89a" + bytes(50), 415),
    "PDF": (b"%PDF-1.7", 415),
    "too many bytes": (b"\xff\xd8\xff" + bytes(MAX_BYTES), 413),
}


@pytest.mark.parametrize("name", LIARS)
def test_files_that_lie_are_refused_in_both_languages(name: str) -> None:
    data, status = LIARS[name]
    with pytest.raises(Problem) as refused:
        clean_photo(data)
    problem = refused.value
    assert problem.status == status
    assert problem.errors[0].field == "photo"
    assert problem.errors[0].text.vi and problem.errors[0].text.en


def resized(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def noisy(size: tuple[int, int] = (800, 600), mode: str = "RGB", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, "JPEG", quality=90, **how)
    return out.getvalue()


WAYS: list[dict[str, Any]] = [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"mode": "L"}, {"mode": "CMYK"}]


@pytest.mark.parametrize("size", [(9000, 5000), (800, 640), (1600, 600)])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_jpeg_whose_data_do_not_fill_its_size_is_refused(way: dict[str, Any], size: tuple[int, int]) -> None:
    truthful = noisy(**way)
    assert clean_photo(truthful).width == 800
    with pytest.raises(Problem) as refused:
        clean_photo(resized(truthful, *size))
    # Progressive, the largest would take too much memory to find that out.
    assert (refused.value.code, refused.value.status) in {("photo-short", 422), ("photo-memory", 422)}


@pytest.mark.parametrize("size", [(4, 4), (640, 480), (1601, 1203), (4000, 3000)])
def test_a_picture_that_truly_ends_in_grey_is_taken(size: tuple[int, int]) -> None:
    picture = Image.effect_noise(size, 60).convert("RGB")
    picture.paste((128, 128, 128), (0, size[1] // 2, *size))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    assert clean_photo(out.getvalue() + b"\xff\xd8 a preview glued behind \xff\xd9").width == min(size[0], MAX_SIDE_PX)


def test_a_png_with_fewer_rows_than_it_declares_is_refused() -> None:
    assert clean_photo(png(100, 100, zlib.compress(bytes(301 * 100)))).height == 100
    with pytest.raises(Problem) as refused:
        clean_photo(png(100, 100, zlib.compress(bytes(301 * 50))))
    assert refused.value.code == "photo-short"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (13, 7), (1000, 700)])
def test_every_truthful_png_is_taken(mode: str, size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    assert (clean_photo(out.getvalue()).width, clean_photo(out.getvalue()).height) == size


def test_a_webp_that_lies_about_its_size_is_refused() -> None:
    out = io.BytesIO()
    Image.effect_noise((800, 600), 60).convert("RGB").save(out, "WEBP", quality=90)
    sent = out.getvalue()
    at = sent.find(b"\x9d\x01\x2a") + 3
    with pytest.raises(Problem):
        clean_photo(sent[:at] + struct.pack("<HH", 900, 5000) + sent[at + 4 :])


def test_a_bomb_inside_a_truthful_header_is_refused() -> None:
    rows = zlib.compress(bytes((7_000 * 3 + 1) * 2_000), 9)
    with pytest.raises(Problem):
        clean_photo(png(7_000, 2_000, rows))


@pytest.mark.parametrize(("more", "taken"), [(0, True), (20, True), (10_000, False)])
def test_a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded(more: int, taken: bool) -> None:
    out = io.BytesIO()
    picture = Image.effect_noise((640, 480), 60) if taken else Image.new("L", (640, 480))  # empty scans are small
    picture.save(out, "JPEG", progressive=True)
    sent = out.getvalue()
    last = sent.rfind(b"\xff\xda")
    scans = sent[:-2] + sent[last:-2] * more + b"\xff\xd9"
    assert len(scans) < MAX_BYTES
    if taken:
        assert clean_photo(scans).width == 640
        return
    with pytest.raises(Problem) as refused:
        clean_photo(scans)
    assert refused.value.code == "photo-scans"


def test_a_film_glued_behind_a_photo_does_not_count() -> None:
    film = random.Random(7).randbytes(6_000_000)
    assert film.count(b"\xff\xda") > 64, "it holds the mark of a scan by chance"
    assert clean_photo(photo(kind="JPEG") + film).width == 640


PEAK = """
import resource, sys
from ioc.core.errors import Problem
from modules.citizen.photo import clean_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    clean_photo(sys.stdin.buffer.read())
    said = "taken"
except Problem as refused:
    said = refused.code
print(said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
PEAK_MIB = 350  # a web process has 768


@pytest.mark.parametrize(
    ("kind", "mode", "size", "what"),
    [
        ("PNG", "RGBA", (4_000, 4_000), "taken"),
        ("WEBP", "RGBA", (4_000, 4_000), "taken"),
        ("JPEG", "RGB", (7_000, 7_000), "taken"),
        ("JPEG", "CMYK", (65_500, 763), "photo-memory"),
    ],
)
def test_the_largest_pictures_take_a_bounded_memory(kind: str, mode: str, size: tuple[int, int], what: str) -> None:
    picture = Image.new(mode, size)
    picture.paste(Image.effect_noise((1200, 700), 60).convert(mode), (0, 0))
    turned, out = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    picture.save(out, kind, exif=turned, **({"progressive": True} if kind == "JPEG" else {}))
    done = subprocess.run([sys.executable, "-c", PEAK], input=out.getvalue(), capture_output=True, check=True)
    said, mib = done.stdout.decode().split()
    assert said == what
    assert int(mib) < PEAK_MIB
