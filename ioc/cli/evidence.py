"""`ioc evidence`: whether the pictures kept about events are those that were kept."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec
import typer

from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, standing, with_store
from ioc.core.text import Text, counted
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.verify import Checked, verify
from ioc.store import Store

app = typer.Typer(help="Hình ảnh bằng chứng của camera / evidence of cameras.", no_args_is_help=True)
WRONG = {
    "missing": Text("không có tệp", "the file is missing"),
    "altered": Text("tệp đã bị thay đổi", "the file was altered"),
    "contradicted": Text("nhật ký kiểm tra nói khác", "the audit chain says otherwise"),
    "unreadable": Text("khoá của thành phố không mở được", "the city's key does not open it"),
}


@app.command("verify")
def verify_files(
    event: Annotated[str | None, typer.Argument(metavar="[EVENT]", help="Mã sự kiện / an event's id")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Một dòng JSON mỗi tệp / one line of JSON a file")] = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Holds every file against the hash that was kept of it, and opens the sealed ones; changes nothing.

    Names what is missing or altered. Exit code 0: all is as it was kept; 2: something is not.
    """
    folder = EvidenceFolder(standing(city, state).settings.evidence_home)

    async def look(store: Store) -> Counter[str]:
        found = Counter[str]()
        async for one in verify(store, folder, event):
            found["wrong" if one.wrong else "well"] += 1
            _tell(one, as_json=as_json)
        return found

    found = with_store(city, state, look)
    if not as_json:
        _conclude(found)
    raise typer.Exit(2 if found["wrong"] else 0)


def _tell(one: Checked, *, as_json: bool) -> None:
    if as_json:
        console.print(msgspec.json.encode(one).decode())
    elif one.wrong is not None:
        console.print("✗ ", style="bold red", end="")
        why = WRONG[one.wrong]
        where = f"{one.event} {one.file} ({one.camera})"
        say(Text(f"{where}: {why.vi}", f"{where}: {why.en}"), "bold red")


def _conclude(found: Counter[str]) -> None:
    well, wrong = found["well"], found["wrong"]
    if wrong:
        say(Text(f"{wrong} tệp không đúng, {well} tệp đúng", f"{counted(wrong, 'file')} wrong, as kept: {well}"), "red")
    else:
        say(Text(f"✓ {well} tệp đúng như khi lưu", f"all is as it was kept: {counted(well, 'file')}"), "green")
