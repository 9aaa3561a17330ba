"""The closed lists of words a profile may use where rules compare words, each with what it means in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from ioc.core.text import Text

CAPABILITIES: dict[str, Text] = {
    "patrol": Text("tuần tra", "patrol"),
    "motorcycle": Text("xe máy", "motorcycle"),
    "command": Text("chỉ huy", "command"),
    "pump": Text("bơm", "pump"),
    "tanker": Text("xe bồn nước", "water tanker"),
    "ladder": Text("xe thang", "ladder"),
    "foam": Text("bọt chữa cháy", "foam"),
    "rescue": Text("cứu nạn, cứu hộ", "rescue"),
    "hazmat": Text("hoá chất nguy hiểm", "hazardous materials"),
    "bls": Text("cấp cứu cơ bản", "basic life support"),
    "als": Text("cấp cứu nâng cao", "advanced life support"),
    "boat": Text("xuồng", "boat"),
    "drone": Text("máy bay không người lái", "drone"),
    "power": Text("điện", "power"),
    "drainage": Text("thoát nước", "drainage"),
    "waste": Text("rác thải", "waste"),
    "crane": Text("cẩu", "crane"),
    "traffic": Text("giao thông", "traffic"),
}

AREA_KINDS: dict[str, Text] = {
    "urban": Text("nội thị", "urban"),
    "rural": Text("nông thôn", "rural"),
    "town": Text("thị trấn", "town"),
    "riverside": Text("ven sông", "riverside"),
    "coast": Text("ven biển", "coast"),
    "mountain": Text("miền núi", "mountain"),
    "island": Text("đảo", "island"),
    "port": Text("cảng", "port"),
    "industry": Text("khu công nghiệp", "industry"),
    "economic-zone": Text("khu kinh tế", "economic zone"),
    "tourism": Text("khu du lịch", "tourism"),
    "heritage": Text("di tích", "heritage"),
}


ASSET_KINDS: dict[str, Text] = {
    "ambulance-station": Text("trạm cấp cứu", "ambulance station"),
    "airport": Text("sân bay", "airport"),
    "beach": Text("bãi biển", "beach"),
    "border-guard": Text("đồn biên phòng", "border guard post"),
    "bridge": Text("cầu", "bridge"),
    "bus-station": Text("bến xe", "bus station"),
    "clinic": Text("trạm y tế", "clinic"),
    "dam": Text("đập", "dam"),
    "fire-station": Text("trạm chữa cháy", "fire station"),
    "fuel-station": Text("cây xăng", "fuel station"),
    "government": Text("cơ quan nhà nước", "government office"),
    "hospital": Text("bệnh viện", "hospital"),
    "industry": Text("cơ sở công nghiệp", "industrial site"),
    "island": Text("đảo", "island"),
    "junction": Text("nút giao", "junction"),
    "market": Text("chợ", "market"),
    "military": Text("đơn vị quân đội", "military post"),
    "museum": Text("bảo tàng", "museum"),
    "park": Text("công viên", "park"),
    "pass": Text("đèo", "mountain pass"),
    "police-station": Text("trụ sở công an", "police station"),
    "port": Text("cảng", "port"),
    "power-plant": Text("nhà máy điện", "power plant"),
    "pump-station": Text("trạm bơm", "pumping station"),
    "rail-station": Text("ga tàu", "railway station"),
    "reservoir": Text("hồ chứa", "reservoir"),
    "river-gauge": Text("trạm đo mực nước", "river gauge"),
    "river-mouth": Text("cửa sông", "river mouth"),
    "school": Text("trường học", "school"),
    "shelter": Text("nơi sơ tán", "shelter"),
    "square": Text("quảng trường", "square"),
    "stadium": Text("sân vận động", "stadium"),
    "substation": Text("trạm biến áp", "electric substation"),
    "temple": Text("đền, chùa", "temple"),
    "town": Text("khu dân cư", "settlement"),
    "tunnel": Text("hầm", "tunnel"),
    "university": Text("trường đại học", "university"),
    "warehouse": Text("kho", "warehouse"),
    "water-plant": Text("nhà máy nước", "water works"),
}

WARD_KINDS: dict[str, Text] = {
    "phường": Text("phường", "ward"),
    "xã": Text("xã", "commune"),
    "thị trấn": Text("thị trấn, trước 1/7/2025", "town, before July 2025"),
    "đặc khu": Text("đặc khu", "special zone"),
}


def not_allowed(word: object, words: Mapping[str, Text]) -> Text:
    """That this word is not in the list, with the nearest word that is; its Vietnamese or English name counts too."""
    spoken = {name: code for code, text in words.items() for name in (code, text.en, text.vi)}
    code = spoken[nearest(word, spoken)]
    meant, allowed = words[code], ", ".join(words)
    return Text(
        f"“{word}” không được dùng; gần nhất là “{code}” ({meant.vi}). Chọn trong: {allowed}.",
        f"“{word}” is not one of the allowed words; the nearest is “{code}” ({meant.en}). Choose from: {allowed}.",
    )


_LONGEST = 60  # letters of a word that are looked at


def nearest(word: object, words: Iterable[str]) -> str:
    """The word most like this one; `words` must not be empty."""
    said = str(word)[:_LONGEST].casefold()
    return max(words, key=lambda other: SequenceMatcher(None, said, other.casefold()).ratio())
