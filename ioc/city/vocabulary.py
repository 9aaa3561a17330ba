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
    "hospital": Text("bệnh viện", "hospital"),
    "clinic": Text("trạm y tế", "clinic"),
    "ambulance-station": Text("trạm cấp cứu", "ambulance station"),
    "police-station": Text("trụ sở công an", "police station"),
    "fire-station": Text("trạm chữa cháy", "fire station"),
    "border-guard": Text("biên phòng", "border guard"),
    "government": Text("cơ quan nhà nước", "government"),
    "school": Text("trường học", "school"),
    "university": Text("trường đại học", "university"),
    "market": Text("chợ", "market"),
    "square": Text("quảng trường", "square"),
    "park": Text("công viên", "park"),
    "stadium": Text("sân vận động", "stadium"),
    "temple": Text("đền chùa", "temple"),
    "church": Text("nhà thờ", "church"),
    "heritage": Text("di tích", "heritage"),
    "beach": Text("bãi biển", "beach"),
    "island": Text("đảo", "island"),
    "river-mouth": Text("cửa sông", "river mouth"),
    "river-gauge": Text("trạm đo mực nước", "river gauge"),
    "reservoir": Text("hồ chứa", "reservoir"),
    "pump-station": Text("trạm bơm", "pump station"),
    "power-plant": Text("nhà máy điện", "power plant"),
    "substation": Text("trạm điện", "substation"),
    "water-plant": Text("nhà máy nước", "water plant"),
    "industry": Text("khu công nghiệp", "industry"),
    "fuel": Text("kho, trạm xăng dầu", "fuel"),
    "port": Text("cảng", "port"),
    "airport": Text("sân bay", "airport"),
    "rail-station": Text("ga tàu", "railway station"),
    "bus-station": Text("bến xe", "bus station"),
    "bridge": Text("cầu", "bridge"),
    "tunnel": Text("hầm", "tunnel"),
    "junction": Text("nút giao", "junction"),
    "pass": Text("đèo", "pass"),
    "town": Text("khu dân cư, thị tứ", "town"),
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


def nearest(word: object, words: Iterable[str]) -> str:
    """The word most like this one; `words` must not be empty."""
    said = str(word)[:80].casefold()  # comparing long texts takes as long as both together, squared
    return max(words, key=lambda other: SequenceMatcher(None, said, other.casefold()).ratio())
