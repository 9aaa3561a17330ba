"""Files of real detectors, replayed: their times moved to now, their records sent by MQTT as any detector's."""

from __future__ import annotations

import asyncio
import csv
import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ioc.city.profile import City
from ioc.core.clock import Clock, iso, parse_time
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from ioc.demo.rhythm import CLASSES

FOLDER = "detectors"
KEYS = ("detector_id", "t", "interval_s")
MEASURED = ("occupancy_pct", "speed_kmh", "queue_m")


class Recorded(msgspec.Struct, frozen=True):
    """One record of a file: whose, the end of its interval, and the rest as it goes out."""

    detector: str
    at: datetime
    body: dict[str, Any]


class Recordings:
    """The records of a data folder, played again and again in the time they were taken in.

    Raises:
        Problem: a file cannot be read; it names the file and the line.
    """

    def __init__(self, city: City, data: Path | None, clock: Clock, publish: Callable[[str, Any], None]) -> None:
        records = _in_time(data)
        self._whose = _whose([record.detector for record in records], [detector.id for detector in city.detectors])
        self._records = [record for record in records if record.detector in self._whose]
        self._clock = clock
        self._publish = publish

    @property
    def detectors(self) -> list[str]:
        """The city's detectors that speak from a recording."""
        return list(self._whose.values())

    async def run(self) -> None:
        """Plays all records over and over; returns at once where there are none."""
        while self._records:
            begun, first = self._clock.now(), self._records[0].at
            for record in self._records:
                at = begun + (record.at - first)
                await asyncio.sleep(max(0.0, (at - self._clock.now()).total_seconds()))
                own = self._whose[record.detector]
                self._publish(f"traffic/{own}/record", record.body | {"detector_id": own, "t": iso(at)})
            await asyncio.sleep(float(self._records[-1].body["interval_s"]))


def recorded_periods(known: list[str], data: Path | None) -> dict[str, int]:
    """The interval (s) of each of these detectors that would speak from a recording: that of its first record."""
    first = dict[str, float]()
    for record in _in_time(data):
        first.setdefault(record.detector, record.body["interval_s"])
    whose = _whose(list(first), known)
    return {own: max(1, round(first[recorded])) for recorded, own in whose.items()}


def _in_time(data: Path | None) -> list[Recorded]:
    return sorted(read_recordings(data), key=lambda record: record.at) if data else []


def read_recordings(data: Path) -> Iterator[Recorded]:
    """Every record of `detectors/*.csv` and `*.jsonl`.

    A CSV has the columns detector_id, t, interval_s, motorcycle, car, bus, truck, bicycle, occupancy_pct, speed_kmh and
    queue_m; a JSON line is a record as detectors send it. What a detector does not measure is left out.

    Raises:
        Problem: a line cannot be read.
    """
    for path in sorted((data / FOLDER).glob("*")):
        lines, made = _FORMS.get(path.suffix.lower(), (_no_lines, dict))
        for number, line in lines(path):
            try:
                yield _record(made(line))
            except _BadLine as bad:
                raise _unreadable(path, number, bad.text) from bad


def _csv_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        for row in rows:
            yield rows.line_num, row  # the file's own line: empty ones count too


def _of_csv(row: dict[str, str]) -> dict[str, Any]:
    count = {name: int(_number(row, name)) for name in CLASSES if row.get(name)}
    values = {key: _number(row, key) for key in MEASURED if row.get(key)}
    return {key: row.get(key) for key in KEYS} | {"count": count} | values


def _of_json(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise _BadLine(Text("không phải JSON hợp lệ", "no valid JSON")) from error
    if not isinstance(row, dict):
        raise _BadLine(Text("không phải một bản ghi JSON {…}", "no record of JSON {…}"))
    return row


def _number(row: dict[str, Any], key: str) -> float:
    try:
        value = float(row[key])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise _BadLine(Text(f"“{row[key]}” ở “{key}” không phải số", f"“{row[key]}” in `{key}` is no number"))
    return value


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _no_lines(_path: Path) -> Iterator[tuple[int, Any]]:
    return iter(())


_FORMS: dict[str, tuple[Callable[[Path], Iterator[tuple[int, Any]]], Callable[[Any], dict[str, Any]]]] = {
    ".csv": (_csv_lines, _of_csv),
    ".jsonl": (_json_lines, _of_json),
}


def _record(row: dict[str, Any]) -> Recorded:
    missing = next((key for key in KEYS if row.get(key) in (None, "")), None)
    if missing:
        raise _BadLine(Text(f"thiếu “{missing}”", f"`{missing}` is missing"))
    return Recorded(str(row["detector_id"]), _time(row["t"]), row | {"interval_s": _number(row, "interval_s")})


def _time(said: Any) -> datetime:
    try:
        return parse_time(said)
    except (TypeError, ValueError) as error:
        raise _BadLine(
            Text(
                f"“{said}” ở “t” không phải thời điểm có múi giờ, ví dụ 2026-11-21T08:00:00+07:00",
                f"“{said}” in `t` is no time with a zone, such as 2026-11-21T08:00:00+07:00",
            )
        ) from error


class _BadLine(Exception):
    """A line that cannot be used, with the reason."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def _unreadable(path: Path, line: int, why: Text) -> Problem:
    title = Text(f"Không đọc được {path.name}, dòng {line}", f"{path.name} cannot be read, line {line}")
    told = Text(f"dòng {line}: {why.vi}", f"line {line}: {why.en}")
    return Problem("bad-recording", title, errors=(FieldError(path.name, told),))


def _whose(recorded: list[str], known: list[str]) -> dict[str, str]:
    """Which of the city's detectors plays which recorded one: itself where it is known, else one left over."""
    names = list(dict.fromkeys(recorded))
    found = {name: name for name in names if name in known}
    left = [id for id in known if id not in found]
    strangers = [name for name in names if name not in known]
    return found | dict(zip(strangers, left, strict=False))
