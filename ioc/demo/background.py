"""What is always going on: press items, posts and police records that have nothing to do with any story."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from ioc.demo.geometry import offset
from ioc.demo.press import Item, Press
from ioc.demo.scenario.playing import Doors
from ioc.demo.spots import Spots

NEWS: tuple[tuple[str, str], ...] = (
    (
        "{city}: Khởi công tuyến đường nối trung tâm với khu công nghiệp",
        "Tuyến đường dài 4 km, dự kiến xong sau 18 tháng.",
    ),
    ("Trao học bổng cho 120 học sinh vượt khó ở {ward}", "Buổi lễ có đại diện chính quyền {ward} và nhà trường."),
    ("{ward} ra quân dọn vệ sinh đường phố cuối tuần", "Hơn 300 người dân và đoàn viên tham gia."),
    ("Giải bóng chuyền hơi người cao tuổi {city} bế mạc", "Mười hai đội từ các phường đã thi đấu trong ba ngày."),
    ("Chợ đêm {ward} mở thêm khu ẩm thực", "Khu mới có 40 gian hàng, mở cửa đến 22 giờ."),
    ("{city} tổ chức tiêm chủng bổ sung cho trẻ em", "Các trạm y tế phường tiêm miễn phí trong hai ngày cuối tuần."),
    ("Nông dân {ward} trúng mùa rau vụ đông", "Giá thu mua tại ruộng cao hơn năm trước."),
    ("Thư viện tỉnh nhận 2.000 cuốn sách mới", "Bạn đọc có thể mượn từ đầu tuần sau."),
    ("{city} thử nghiệm dịch vụ công trực tuyến tại {ward}", "Người dân được hướng dẫn nộp hồ sơ tại nhà văn hoá."),
    ("Hội chợ hàng Việt khai mạc tại {city}", "Hội chợ có 150 gian hàng của doanh nghiệp trong tỉnh."),
)
POSTS: tuple[str, ...] = (
    "Sáng nay trời mát, đi dạo bờ sông thích ghê",
    "Quán phở đầu ngõ hôm nay ngon thật sự",
    "Ai biết chỗ sửa xe máy tốt chỉ mình với",
    "Lớp con mình mai thi, cả nhà hồi hộp",
    "Cảm ơn bạn nào nhặt được ví trả lại nhé",
    "Cuối tuần này có gì vui không mọi người",
    "Cây phượng trước nhà năm nay nở sớm",
    "Bún chả đầu ngõ tăng giá rồi, 40k một suất",
    "Mèo nhà em đi lạc ba ngày mới về",
    "Nay đội nhà đá hay quá cả nhà ơi",
    "Mới tập nấu món cá kho, ai có bí quyết không",
)
RECORDS: tuple[tuple[str, str], ...] = (
    ("theft", "lock_broken"),
    ("theft", "pickpocket"),
    ("disturbance", "unknown"),
    ("disturbance", "other"),
    ("traffic_disorder", "unknown"),
    ("fraud", "online"),
)
PAST_RECORDS, PAST_DAYS = 40, 25
GATHERED = 0.4  # of the past records lie around one place, so that there is a hot spot to find
AROUND_M = 350.0
FIRST_NEWS = 4
SPREAD_H = 20


class Newsroom:
    """Fills the simulated feeds: some items at the start, later a new one now and then."""

    def __init__(self, press: Press, city: str, wards: list[str], chance: random.Random) -> None:
        self._press = press
        self._words = {"city": city}
        self._wards = wards
        self._chance = chance

    def open(self, now: datetime) -> None:
        """Items of the last hours in every feed."""
        for feed in self._press.feeds:
            ages = sorted((self._chance.uniform(0.2, SPREAD_H) for _ in range(FIRST_NEWS)), reverse=True)
            for hours in ages:
                self._press.publish(feed, self._item(now - timedelta(hours=hours)))

    async def write(self, now: datetime) -> None:
        """One new item in one feed."""
        if self._press.feeds:
            self._press.publish(self._chance.choice(self._press.feeds), self._item(now))

    def _item(self, at: datetime) -> Item:
        title, text = self._chance.choice(NEWS)
        words = self._words | {"ward": self._chance.choice(self._wards)}
        return Item(title.format(**words), text.format(**words), at.replace(microsecond=0))


class Posters:
    """Chat on social networks."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def speak(self, doors: Doors, now: datetime) -> None:
        """One post, about nothing that concerns the city."""
        await doors.post(self._chance.choice(POSTS), now)


class CommunePolice:
    """Enter records of what was told to them."""

    def __init__(self, spots: Spots, chance: random.Random) -> None:
        self._spots = spots
        self._chance = chance

    async def enter_past(self, doors: Doors, now: datetime, around: tuple[float, float], seed: int) -> None:
        """What happened in the last weeks, much of it around one place (lon, lat). The same again after a restart, so
        that the door keeps it once."""
        chance = random.Random(f"past {seed}")  # noqa: S311 - a story, no secret
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(PAST_RECORDS):
            at = today - timedelta(hours=chance.uniform(1, PAST_DAYS * 24))
            near = offset(around, chance.gauss(0, AROUND_M), chance.gauss(0, AROUND_M))
            spot = self._spots.inside()
            place = near if chance.random() < GATHERED else (spot.lon, spot.lat)
            await doors.record(*chance.choice(RECORDS), at, place, f"past-{seed}-{number}")

    async def enter(self, doors: Doors, now: datetime) -> None:
        """One record, of something up to an hour ago."""
        type, method = self._chance.choice(RECORDS)
        spot = self._spots.inside()
        at = now - timedelta(minutes=self._chance.uniform(2, 60))
        await doors.record(type, method, at, (spot.lon, spot.lat))
