"""Feeds nobody should trust: read within bounds, or refused with a reason; nothing runs, opens or unfolds."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.media.parsing import BadFeed, FeedItem, read_feed
from modules.media.parsing.dates import dated
from modules.media.parsing.html_text import plain
from modules.media.parsing.links import canonical

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
HEAD = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Báo</title>"


def read(body: bytes | str, content_type: str = "") -> list[FeedItem]:
    return read_feed(body.encode() if isinstance(body, str) else body, content_type, feed="f", now=NOW, ahead=AHEAD)


def rss(items: str) -> str:
    return f"{HEAD}{items}</channel></rss>"


def item(title: str, more: str = "") -> str:
    return f"<item><title>{title}</title>{more}</item>"


def test_rss_atom_and_json_give_the_same_item() -> None:
    when = "2026-11-21T13:00:00+07:00"
    rows = [
        rss(item("Cháy lớn", f"<link>https://a.vn/1</link><description>Khói</description><pubDate>{when}</pubDate>")),
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><entry><id>1</id><title>Cháy lớn</title>"
        f"<link href='https://a.vn/1'/><summary>Khói</summary><published>{when}</published></entry></feed>",
        json.dumps(
            {"items": [{"url": "https://a.vn/1", "title": "Cháy lớn", "summary": "Khói", "date_published": when}]}
        ),
    ]
    found = [read(one)[0] for one in rows]
    assert found[0] == found[1] == found[2]
    assert found[0].published == datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Cháy &#xD800; nhà", "Cháy \ufffd nhà"),
        ("Cháy &#0055296 nhà", "Cháy \ufffd nhà"),
        ("Cháy &#&#xD800;xD800; nhà", "Cháy &#\ufffdxD800; nhà"),
        ("Cháy &#x110000; nhà", "Cháy \ufffd nhà"),
        ("Cháy &#" + "9" * 5_000 + "; nhà", "Cháy \ufffd nhà"),
        ("Cháy &#11;&#0; nhà", "Cháy nhà"),
        ("Ch&#225;y &#x1F525;&#x0026;amp; nhà", "Cháy 🔥& nhà"),
        ("Cháy \ud800 nhà", "Cháy \ufffd\ufffd\ufffd nhà"),
    ],
)
def test_half_a_letter_costs_no_more_than_itself(title: str, shown: str) -> None:
    body = rss(item(title, f"<link>https://a.vn/?{title}</link><pubDate>{title}</pubDate>") + item("Hai"))
    assert [one.title for one in read(body.encode("utf-8", "surrogatepass"))] == [shown, "Hai"]


def test_half_a_letter_in_a_json_feed_costs_no_more_than_itself() -> None:
    titles = [r"Cháy \ud800 nhà", r"\ud83d\udd25 \udd25\ud83d", r"C:\\ud800\n\"", "Hai"]
    body = '{"items": [' + ", ".join(f'{{"id": "{title}", "title": "{title}"}}' for title in titles) + "]}"
    assert [one.title for one in read(body)] == ["Cháy \ufffd nhà", "🔥 \ufffd\ufffd", 'C:\\ud800 "', "Hai"]


XXE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + "<rss><channel>{}</channel></rss>"
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><rss><channel>{}</channel></rss>"
)


@pytest.mark.parametrize(
    "body",
    [
        XXE.format(item("&x;")),
        LAUGHS.format(item("&a9;")),
        XXE.format(item("&x;")).replace("</rss>", ""),  # not well-formed either
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/evil.dtd">' + rss(item("a")).partition("?>")[2],
        "<rss>" + "<a>" * 100_000,
        rss("<item " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">"),
        "[" * 100_000,
        '{"items": 7}',
        "{" * 1000,
        "<html><body>Trang báo</body></html>",
        "",
        "\x00\x01\x02",
        "rác " * 10,
        rss("<item><title>a & b</title></item>" * 20_000),  # not well-formed, and long
        "<rss><channel><item><title>" + "<![CDATA[" * 20_000 + " & ",
    ],
)
def test_hostile_and_broken_content_is_refused_with_a_reason(body: str) -> None:
    with pytest.raises(BadFeed) as refused:
        read(body)
    assert refused.value.text.vi and refused.value.text.en


@pytest.mark.parametrize("head", ["<!DOCTYPE html>\n<html>", "  <HTML lang='vi'>", '<?xml version="1.0"?><html>'])
def test_a_web_page_is_called_one(head: str) -> None:
    with pytest.raises(BadFeed) as refused:
        read(head + "<body>" + "<div>" * 100)
    assert refused.value.text.vi == "Đây là trang web, không phải RSS hay Atom"


def test_entities_hidden_by_an_encoding_are_seen() -> None:
    text = XXE.format(item("&x;"))
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        with pytest.raises(BadFeed):
            read(text.replace('version="1.0"', f'version="1.0" encoding="{encoding}"').encode(encoding))
    with pytest.raises(BadFeed):
        read(b"<?xml version='1.0' encoding='utf-7'?>" + text.encode("utf-7"))


def test_a_hundred_thousand_items_are_cut() -> None:
    found = read(rss("".join(item(f"Tin {n}", f"<link>https://a.vn/{n}</link>") for n in range(100_000))))
    assert len(found) == 200 and found[0].title == "Tin 0"
    assert len(read(json.dumps({"items": [{"id": n, "title": f"Tin {n}"} for n in range(10_000)]}))) == 200


def test_an_item_of_a_megabyte_is_cut() -> None:
    (found,) = read(rss(item("ắ " * 250_000, f"<description>{'dài ' * 100_000}</description>")))
    assert len(found.title) <= 300 and len(found.summary) <= 1500


def test_a_feed_that_is_almost_xml_is_read_patiently() -> None:
    found = read(rss(item("Mưa & gió", "<link>https://a.vn/1</link>") * 2).replace("</rss>", ""))
    assert [one.title for one in found] == ["Mưa & gió"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss(item("Phường Hàm Rồng")).replace("utf-8", "iso-8859-1"), "text/xml; charset=iso-8859-1"),
        ("\ufeff" + rss(item("Phường Hàm Rồng")), ""),
        (rss(item(unicodedata.normalize("NFD", "Phường Hàm Rồng"))), ""),
        (rss(item("Ph&#432;&#7901;ng H&agrave;m R&#7891;ng".replace("&agrave;", "&#224;"))), ""),
        (rss(item("<![CDATA[<b>Phường</b> Hàm&nbsp;Rồng]]>")), ""),
        (rss(item("&lt;i&gt;Phường&lt;/i&gt; Hàm Rồng")), ""),
        (rss(item("Phường\u200b Hàm\x07 \u202eRồng")), ""),
    ],
)
def test_whatever_the_encoding_the_title_is_read_right(body: str, content_type: str) -> None:
    (found,) = read(body, content_type)
    assert found.title == "Phường Hàm Rồng"


def test_utf_16_is_read() -> None:
    (found,) = read(rss(item("Phường Hàm Rồng")).replace("utf-8", "utf-16").encode("utf-16"))
    assert found.title == "Phường Hàm Rồng"


HOSTILE = (
    "<script>alert(1)</script>Tin",
    "<img src=x onerror=alert(1)>Tin",
    "&lt;script&gt;alert(1)&lt;/script&gt;Tin",
    "<svg/onload=alert(1)><script>alert(2)</script></svg>Tin",
    "<style>body{}</style><iframe src='javascript:x'>x</iframe>Tin",
    "<a href='javascript:alert(1)'>Tin</a>",
    "<p>Tin</p><!-- <b>x</b> -->",
)


@pytest.mark.parametrize("markup", HOSTILE)
def test_of_hostile_markup_only_the_text_stays(markup: str) -> None:
    assert plain(markup, 100) == "Tin"


@given(st.text(max_size=500))
def test_any_markup_becomes_one_plain_line(markup: str) -> None:
    shown = plain(markup, 100)
    assert len(shown) <= 100 and shown.isprintable()


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_feed_or_a_reason(body: bytes) -> None:
    try:
        assert len(read(body)) <= 200
    except BadFeed as refused:
        assert refused.text.vi


UTC_7 = datetime(2026, 11, 21, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "doubt"),
    [
        ("Sat, 21 Nov 2026 14:00:00 +0700", UTC_7, ""),
        ("Sat, 21 Nov 2026 07:00:00 GMT", UTC_7, ""),
        ("2026-11-21T14:00:00+07:00", UTC_7, ""),
        ("2026-11-21T07:00:00Z", UTC_7, ""),
        ("21/11/2026, 14:00 (GMT+7)", UTC_7, ""),
        ("Sat, 21 Nov 2026 14:00:00", UTC_7, "no-zone"),
        ("2026-11-21 14:00:00", UTC_7, "no-zone"),
        ("Thứ bảy, 21/11/2026, 14:00", UTC_7, "no-zone"),
        ("14:00 21/11/2026", UTC_7, "no-zone"),
        ("2099-01-01T00:00:00Z", NOW, "future"),
        ("1970-01-01T00:00:00Z", NOW, "implausible"),
        ("0000-00-00", NOW, "no-date"),
        ("9999-99-99T99:99:99Z", NOW, "no-date"),
        ("hôm qua", NOW, "no-date"),
        ("", NOW, "no-date"),
        (None, NOW, "no-date"),
        ("2026-11-21T14:33:00+07:00", NOW, ""),  # a clock a little ahead
    ],
)
def test_dates_of_every_form(text: str | None, at: datetime, doubt: str) -> None:
    found = dated(text, NOW, AHEAD)
    assert (found.at, found.doubt) == (at, doubt)


@given(st.text(max_size=120))
def test_no_date_lies_after_now_or_before_feeds(text: str) -> None:
    assert datetime(2000, 1, 1, tzinfo=UTC) <= dated(text, NOW, AHEAD).at <= NOW + timedelta(0)


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://A.vn:443/x/?utm_source=fb&id=1#top", "https://a.vn/x?id=1"),
        ("http://a.vn", "http://a.vn/"),
        ("http://a.vn/x?fbclid=1", "http://a.vn/x"),
        ("javascript:alert(1)", None),
        ("ftp://a.vn/x", None),
        ("http://u:p@a.vn/", None),
        ("http://a.vn:99999/", None),
        ("http://[", None),
        ("http://a.vn/\n", "http://a.vn/"),
        ("/x", None),
        ("", None),
        (None, None),
        ("http://a.vn/" + "x" * 2000, None),
    ],
)
def test_one_form_of_an_address(link: str | None, same: str | None) -> None:
    assert canonical(link) == same


def test_an_article_linked_twice_is_one_and_ids_repeat_across_feeds() -> None:
    twice = rss(
        item("A", "<link>https://a.vn/1?utm_source=x</link>")
        + item("A again", "<link>https://a.vn/1</link><guid>9</guid>")
    )
    (found,) = read(twice)
    (elsewhere,) = read_feed(twice.encode(), "", feed="other", now=NOW, ahead=AHEAD)
    assert found.id == elsewhere.id


def test_items_without_an_address_are_known_by_guid_or_title() -> None:
    first = read(rss(item("A", "<guid>1</guid>") + item("A", "<guid>2</guid>") + item("B")))
    assert len({one.id for one in first}) == 3
    assert [one.id for one in read(rss(item("B")))] == [first[2].id]
