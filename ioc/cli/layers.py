"""`ioc layers`: bringing official polygons into a city's store."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gis.layers import LayerReport, read_wards
from gis.reason import Refused
from ioc.cli.say import console, say
from ioc.cli.target import Target, target
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text, counted
from ioc.host.city_map import WARDS, feature_of
from ioc.host.parts import store_settings
from ioc.store import Store

app = typer.Typer(help="Lớp bản đồ / map layers.", no_args_is_help=True)


@app.callback()
def _layers() -> None:
    """Keeps `import` a sub-command."""


@app.command("import")
def import_layer(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage hoặc / or Shapefile")],
    as_: Annotated[str, typer.Option("--as", help="wards")],
    valid_from: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Ngày có hiệu lực / first day")],
    epsg: Annotated[int | None, typer.Option(help="Hệ toạ độ nếu tệp không ghi / if the file does not say")] = None,
    city: Annotated[str, typer.Option(help="Tên hoặc thư mục hồ sơ / name or folder of the profile")] = "thanh-hoa",
    state: Annotated[Path | None, typer.Option(help="Thư mục dữ liệu / state folder")] = None,
) -> None:
    """Imports official wards; refuses the whole file while any unit of it is invalid, and names each."""
    if as_ != WARDS:
        raise Problem("unknown-layer", Text(f"Chưa có loại lớp “{as_}”", f"There is no kind of layer “{as_}”"))
    try:
        report = read_wards(file, valid_from=valid_from.date(), epsg=epsg)
    except Refused as refused:
        errors = tuple(FieldError(one.field or file.name, Text(one.vi, one.en)) for one in refused.reasons)
        raise Problem("bad-layer", Text("Tệp không dùng được", "The file cannot be used"), errors=errors) from refused
    if report.faults:
        _tell_faults(report)
        raise typer.Exit(1)
    asyncio.run(_keep(report, target(city, state)))
    say(
        Text(f"✓ Đã nhập {report.valid} đơn vị, hợp lệ cả", f"{counted(report.valid, 'unit')} imported, all valid"),
        "green",
    )
    say(Text("Khởi động lại hệ thống để dùng ranh giới mới.", "Restart the system to use them."))


def _tell_faults(report: LayerReport) -> None:
    for fault in report.faults:
        for reason in fault.reasons:
            console.print(f"✗ dòng/row {fault.row} {fault.label}: {reason.vi} / {reason.en}")


async def _keep(report: LayerReport, to: Target) -> None:
    store = await Store.open(store_settings(to.settings, to.city.id))
    try:
        await store.features.put([feature_of(ward) for ward in report.wards])
    finally:
        await store.close()
