"""What cameras answer over RTSP, however the network cuts it, and what nobody may answer."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtsp_answers import MOST_HEAD, Answers, Strange

SAID = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP\r\n\r\n"
    b"$\x00\x00\x1cRTSP/1.0 302 Found\r\nX: y\r\n\r\n"  # media that looks like an answer
    b"RTSP/1.0 401 Unauthorized\nCSeq: 2\n\n"
    b"RTSP/1.0 200 OK\r\nContent-Length: 24\r\n\r\nRTSP/1.0 301 Moved\r\n\r\nxy"  # and so does this
    b"RTSP/1.1 302\r\nLocation: rtsp://10.0.0.9/\r\n\r\n"
)


@given(st.lists(st.integers(1, 40), max_size=40))
def test_answers_are_found_however_they_are_cut(cuts: list[int]) -> None:
    answers, rest, found = Answers(), SAID, list[int]()
    for cut in cuts:
        found += answers.see(rest[:cut])
        rest = rest[cut:]
    assert [answer.status for answer in found + answers.see(rest)] == [200, 401, 200, 302]


@pytest.mark.parametrize(
    ("challenge", "stale"),
    [
        (b'WWW-Authenticate: Digest realm="cam", nonce="1", stale=true', True),
        (b'www-authenticate:Digest stale="TRUE",realm="cam", nonce="1"', True),
        (b'WWW-Authenticate: Digest realm="cam", nonce="1", stale=false', False),
        (b'WWW-Authenticate: Digest realm="cam", nonce="1"', False),
        (b'WWW-Authenticate: Basic realm="stale=true"', False),
        (b'X-Authenticate: Digest realm="cam", stale=true', False),
    ],
)
def test_a_challenge_says_whether_the_last_one_had_become_too_old(challenge: bytes, stale: bool) -> None:
    basic = b'WWW-Authenticate: Basic realm="cam"'
    (answer,) = Answers().see(b"\r\n".join([b"RTSP/1.0 401 Unauthorized", basic, challenge, b"", b""]))
    assert answer.stale is stale
    assert answer.challenges[0] == basic


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"\r\n\r\nRTSP/1.0 302 Found\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n$\x00\x00\x04abcd\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 5\r\ncontent-length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nX: " + b"x" * 5_000 + b"\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"X: x\r\n" * (MOST_HEAD // 6),
        b"REDIRECT rtsp://10.0.0.9/ RTSP/1.0\r\n\r\n",
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(said: bytes) -> None:
    with pytest.raises(Strange):
        Answers().see(said)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(said: bytes) -> None:
    answers = Answers()
    with suppress(Strange):
        assert all(0 <= answer.status <= 999 for answer in answers.see(said))
