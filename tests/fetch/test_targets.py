"""Reading addresses before anything is connected."""

from __future__ import annotations

import pytest

from ioc.fetch import FetchFailed
from ioc.fetch.targets import redirected, target_of


@pytest.mark.parametrize(
    ("address", "url", "endpoint"),
    [
        ("https://baothanhhoa.vn/rss/thoi-su.xml", "https://baothanhhoa.vn/rss/thoi-su.xml", "baothanhhoa.vn:443"),
        ("http://Feeds.Example:8080/a?b=1#c", "http://feeds.example:8080/a?b=1", "feeds.example:8080"),
        ("http://feeds.example.", "http://feeds.example/", "feeds.example:80"),
        ("http://[::1]:8080/", "http://[::1]:8080/", "[::1]:8080"),
        ("https://báo.vn/tin", "https://xn--bo-mia.vn/tin", "xn--bo-mia.vn:443"),
    ],
)
def test_an_address_is_taken_apart(address: str, url: str, endpoint: str) -> None:
    target = target_of(address)
    assert (target.url, target.endpoint) == (url, endpoint)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("file:///etc/passwd", "bad-scheme"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "bad-scheme"),
        ("ftp://example.vn/a", "bad-scheme"),
        ("//example.vn/a", "bad-scheme"),
        ("javascript:alert(1)", "bad-scheme"),
        ("data:text/xml,<rss/>", "bad-scheme"),
        ("concat:http://a|file:///b", "bad-scheme"),
        ("http://user:secret@example.vn/", "credentials"),
        ("http://example.vn@127.0.0.1/", "credentials"),
        ("http:///path", "bad-url"),
        ("http://", "bad-url"),
        ("http://example.vn:99999/", "bad-url"),
        ("http://example.vn:0/", "bad-url"),
        ("http://example.vn/\r\nX-Evil: 1", "bad-url"),
        ("http://example.vn/\x00", "bad-url"),
        ("http://exa mple.vn/", "bad-url"),
        ("http://" + "a" * 5000, "bad-url"),
        ("", "bad-scheme"),
    ],
)
def test_what_is_no_plain_web_address_is_refused(address: str, code: str) -> None:
    with pytest.raises(FetchFailed) as refused:
        target_of(address)
    assert refused.value.code == code
    assert refused.value.text.vi and refused.value.text.en


def test_a_redirect_is_joined_and_checked_like_any_address() -> None:
    here = target_of("https://example.vn/rss/a.xml")
    assert redirected(here, "../b.xml").url == "https://example.vn/b.xml"
    assert redirected(here, "https://other.vn/").url == "https://other.vn/"
    for location, code in (
        ("http://example.vn/", "downgrade"),
        ("file:///etc/passwd", "bad-scheme"),
        ("https://a:b@example.vn/", "credentials"),
    ):
        with pytest.raises(FetchFailed) as refused:
            redirected(here, location)
        assert refused.value.code == code
