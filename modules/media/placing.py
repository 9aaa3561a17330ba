"""Which place a text speaks of: a certain one, candidates with the reason, or none. Never a guess."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gis.bare_names import Told
from gis.mentions import Mention
from gis.names import fold
from gis.words import Word, words
from ioc.core.text import Text
from modules.media.atlas import Atlas, Spot
from modules.media.wordlists import wordlist

_PRECISE = {"landmark": 0, "road": 1, "ward": 2}
_TAKEN_WITHIN = 6  # words before a hospital within which "taken to" is looked for
LONGEST_HALF_M = 3_000.0  # half of the longest stretch that is still a place
_NEAR = 12  # words: places further from what happened than the nearest one by this are mentioned in passing


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a text says that something is. `concerns` is whether it speaks of the city at all.

    With `spot` the place is certain (as exact as its uncertainty); else `candidates` are ward codes and `reason` why
    none of them was taken. `refs` are the roads and landmarks named: two texts that name one speak of one place.
    """

    concerns: bool = False
    spot: Spot | None = None
    candidates: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    reason: Text | None = None
    river: str | None = None


NOWHERE = Placing()


class _Place(msgspec.Struct, frozen=True):
    """What one mention may mean: spots, or wards with the reason why there are several."""

    at: int
    spots: tuple[Spot, ...]
    strong: bool
    reason: Text | None = None
    doubted: bool = False  # the name means other things too: no place by itself

    @property
    def wards(self) -> frozenset[str]:
        return frozenset(spot.ward_code for spot in self.spots if spot.ward_code)


def place(text: Sequence[Word], atlas: Atlas, happened: Sequence[int], *, local: bool, official: bool) -> Placing:
    """The place of a text. `happened` are the words that name the topic: what stands nearest to them is meant.

    `local`: it comes from somebody who speaks of this city unless saying otherwise. `official`: it uses the names of
    today, so that a name both an old and a new unit bear means the new one.
    """
    mentions = atlas.book.find(text)
    kinds = {kind for one in mentions for kind in one.kinds}
    if any(_names_city(one, atlas) for one in mentions):
        kinds.add("city")
    river = next((one.names[0].text for one in mentions if "river" in one.kinds), None)
    places = [met for one in mentions if (met := _meant(one, text, atlas, official))]
    places = [one for one in places if _believed(one, kinds, local, bool(happened))]
    places = [one for one in places if not one.doubted] or places
    if not places:
        return Placing(concerns="city" in kinds, river=river)
    chosen = _nearest(places, happened)
    return _settled(chosen, river, atlas)


def _names_city(one: Mention, atlas: Atlas) -> bool:
    """Whether a landmark's or an office's own name holds the city's."""
    return bool(one.kinds & {"landmark", "office"}) and any(atlas.town in fold(name.text) for name in one.names)


def _meant(one: Mention, text: Sequence[Word], atlas: Atlas, official: bool) -> _Place | None:
    if "elsewhere" in one.kinds and one.told < Told.TOWN:  # a ward of before that bears the name of another province
        return None
    if "old" in one.kinds or "ward" in one.kinds:
        return _unit(one, text, atlas, official)
    if "area" in one.kinds:
        return _area(one, atlas)
    if "office" in one.kinds and not _located(text, one.start):
        return None
    if one.kinds & {"landmark", "office"} and _taken_there(text, one.start):
        return None
    spots = tuple(atlas.landmarks[name.ref] for name in one.names if name.ref in atlas.landmarks)
    if not spots:  # a bridge is a place; the road that bears its name passes several
        spots = tuple(spot for name in one.names for spot in atlas.roads.get(name.ref, ()))
    reason = Text("Đường dài qua nhiều phường.", "A long road through several wards.") if len(spots) > 1 else None
    return _Place(one.start, spots, one.strong or _says_itself(one), reason) if spots else None


def _says_itself(one: Mention) -> bool:
    return any(not name.before for name in one.names)


def _unit(one: Mention, text: Sequence[Word], atlas: Atlas, official: bool) -> _Place:
    wards, reason = _wards_of(one, text, atlas, official)
    doubted = one.told == Told.DOUBTED
    roads = [spot for name in one.names for spot in atlas.roads.get(name.ref, ())]
    beside = [spot.ward_code for spot in roads if spot.ward_code and spot.ward_code not in {w.ward_code for w in wards}]
    if beside:
        wards += tuple(atlas.wards[code] for code in dict.fromkeys(beside))
        reason = reason or _WARD_OR_ROAD
    return _Place(one.start, wards, one.strong and not doubted, reason or (_COMMON if doubted else None), doubted)


def _wards_of(one: Mention, text: Sequence[Word], atlas: Atlas, official: bool) -> tuple[tuple[Spot, ...], Text | None]:
    """The wards of today that a unit's name may mean, and why there are several."""
    new = [atlas.wards[name.ref.removeprefix("ward:")] for name in one.names if name.kind == "ward"]
    old = [name.ref.removeprefix("old:") for name in one.names if name.kind == "old"]
    if new and (official or not old) and not _said_old(text, one.end):
        return tuple(new), _ALIKE if len(new) > 1 else None
    codes: list[str] = []
    reason: Text | None = None
    for name in old:
        told = atlas.old.of_name(name)
        codes += [move.new_code for move in told.moves if move.new_code in atlas.wards]
        reason = reason or (None if told.certain else Text(told.vi, told.en))
    if not _said_old(text, one.end):
        codes += [spot.ward_code for spot in new if spot.ward_code]
    wards = tuple(atlas.wards[code] for code in dict.fromkeys(codes))
    if len(wards) > 1 and reason is None:
        reason = _OLD_AND_NEW if new else _ALIKE
    return wards, reason


_OLD_AND_NEW = Text("Tên này vừa là phường cũ vừa là phường mới.", "Both an old and a new ward bear this name.")
_ALIKE = Text("Nhiều đơn vị có tên đọc giống nhau khi viết không dấu.", "Several units read alike without marks.")
_WARD_OR_ROAD = Text("Tên này vừa là phường vừa là đường.", "Both a ward and a road bear this name.")
_COMMON = Text(
    "Tên này còn là từ thông thường hoặc tên nơi khác; cần ghi rõ phường, xã.",
    "This name is also a common word or another place; it must say that it is a ward or commune.",
)


def _said_old(text: Sequence[Word], end: int) -> bool:
    """Whether "cũ" (former) follows: "phường Đông Sơn (cũ)"."""
    return end < len(text) and text[end].key == _OLD.key


_OLD = words("cũ")[0]


def _area(one: Mention, atlas: Atlas) -> _Place:
    codes = [code for name in one.names if name.kind == "area" for code in atlas.areas[name.ref.removeprefix("area:")]]
    wards = tuple(atlas.wards[code] for code in dict.fromkeys(codes) if code in atlas.wards)
    reason = Text("Khu vực gồm nhiều phường.", "The area takes in several wards.") if len(wards) > 1 else None
    return _Place(one.start, wards, True, reason)


def _located(text: Sequence[Word], at: int) -> bool:
    """Whether words such as "trước", "gần" say that an office is meant as a place."""
    told = {tuple(w.key for w in words(one)) for one in wordlist("places")["located"]}
    return any(tuple(w.key for w in text[max(0, at - n) : at]) in told for n in (1, 2))


def _taken_there(text: Sequence[Word], at: int) -> bool:
    """Whether somebody was taken there: then it is not where it happened."""
    before = [w.key for w in text[max(0, at - _TAKEN_WITHIN) : at]]
    return any(w.key in before for one in wordlist("places")["taken_to"] for w in words(one)[:1])


def _believed(one: _Place, kinds: set[str], local: bool, something: bool) -> bool:
    """Whether a mention is of this city: another province named and ours not is a strong sign against it."""
    if "city" in kinds:
        return one.strong or something
    return local and (one.strong or (something and "elsewhere" not in kinds))


def _nearest(places: Sequence[_Place], happened: Sequence[int]) -> list[_Place]:
    """The places spoken of where the topic is, the nearest first; without a topic in order of the text."""
    if not happened:
        return list(places)
    distance = {one: min(abs(one.at - at) for at in happened) for one in places}
    least = min(distance.values())
    return sorted((one for one in places if distance[one] <= least + _NEAR), key=lambda one: distance[one])


def _settled(places: Sequence[_Place], river: str | None, atlas: Atlas) -> Placing:
    """One place where all that is said can be true at once; else the candidates and why."""
    first, *others = places
    wards = first.wards
    for one in others:  # a divided unit or a long road is settled by another place of the same text
        if wards & one.wards:
            wards &= one.wards
    agreeing = [spot for one in places for spot in one.spots if spot.ward_code in wards] if wards else [*first.spots]
    refs = tuple(sorted({spot.ref for one in places for spot in one.spots if spot.kind in ("road", "landmark")}))
    codes = tuple(sorted(wards))
    if len(wards) > 1 or (not wards and len(first.spots) > 1) or first.doubted:
        stretch = _one_stretch(first, atlas)
        reason = first.reason or Text("Có thể là nhiều nơi.", "It may be several places.")
        return Placing(concerns=True, spot=stretch, candidates=codes, refs=refs, reason=reason, river=river)
    best = min(agreeing, key=lambda spot: (_PRECISE[spot.kind], spot.uncertainty_m))
    if best.kind == "road" and len({spot for spot in agreeing if spot.kind == "road"}) > 1:
        best = atlas.wards.get(best.ward_code or "", best)  # the ward is certain, the stretch of the road is not
    return Placing(concerns=True, spot=best, candidates=codes, refs=refs, river=river)


def _one_stretch(place: _Place, atlas: Atlas) -> Spot | None:
    """The middle of a stretch of road, where just one was named and it is short enough to be called a place."""
    named = {spot.ref for spot in place.spots}
    stretch = atlas.stretches.get(next(iter(named))) if len(named) == 1 else None
    return stretch if stretch and stretch.uncertainty_m <= LONGEST_HALF_M else None
