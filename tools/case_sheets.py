"""Spreadsheets of the hand-worked schedules: one `.xlsx` beside each `tests/cases/*.yaml`, made of live formulas.

    python -m tools.case_sheets

A case gives inputs, steps and flows; `{name}` in a formula stands for another of them. The sheet shows each amount as
it was worked by hand, the same by formula, and their difference. A formula is also worked out here, in exact arithmetic
(square roots aside), so that programs without a calculator see values and a test can hold all of them together.
Spreadsheets round halves away from zero, contracts to the even fen: cases avoid exact halves.
"""

import io
import math
import re
import zipfile
from fractions import Fraction
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from credit.files import PROJECT, read_yaml, write_bytes

CASES = PROJECT / "tests" / "cases"
NAME = re.compile(r"\{(\w+)\}")
HEADINGS = ("what", "day", "payer", "payee", "for", "fen, by hand", "fen, by formula", "difference")

Number = int | float | Fraction
Cell = str | int | float | tuple[str, Number]
"""Text, a number, or a formula with its value."""


def worked_out(case: dict[str, Any]) -> dict[str, Number]:
    """The value of every input, step and flow by its formula."""
    formulas = dict(case["steps"]) | {flow["id"]: flow["formula"] for flow in case["flows"]}
    functions = {"ROUND": lambda amount, _: round(amount), "MIN": min, "SQRT": math.sqrt}

    @cache
    def value(name: str) -> Number:
        if name in case["inputs"]:
            return Fraction(repr(case["inputs"][name]))
        text = NAME.sub(lambda found: f"value({found[1]!r})", formulas[name].removeprefix("=")).replace("^", "**")
        return eval(text, {"__builtins__": {}}, {**functions, "value": value})  # formulas of our own files

    return {name: value(name) for name in [*case["inputs"], *formulas]}


def sheet_of(case: dict[str, Any]) -> list[list[Cell]]:
    """The rows of a case's spreadsheet."""
    values = worked_out(case)
    places: dict[str, str] = {}
    rows: list[list[Cell]] = [[case["title"]], *([line] for line in case["working"].splitlines()), []]
    names = [*case["inputs"], *case["steps"]]
    places |= {name: f"B{len(rows) + number}" for number, name in enumerate(names, start=1)}
    first_flow = len(rows) + len(names) + 3
    places |= {flow["id"]: f"G{first_flow + number}" for number, flow in enumerate(case["flows"])}

    def formula(text: str) -> str:
        return NAME.sub(lambda found: places[found[1]], text.removeprefix("="))

    rows += [[name, value] for name, value in case["inputs"].items()]
    rows += [[name, (formula(text), values[name])] for name, text in case["steps"].items()]
    rows += [[], list(HEADINGS)]
    for number, flow in enumerate(case["flows"], start=first_flow):
        by_formula = (formula(flow["formula"]), values[flow["id"]])
        difference = (f"F{number}-G{number}", flow["fen"] - values[flow["id"]])
        told = [flow["id"], str(flow["day"]), flow["payer"], flow["payee"], flow["kind"], flow["fen"]]
        rows.append([*told, by_formula, difference])
    return rows


def workbook(rows: list[list[Cell]]) -> bytes:
    """An `.xlsx` file with one sheet; equal rows give equal bytes."""
    body = "".join(
        f'<row r="{r}">' + "".join(_cell(f"{chr(65 + c)}{r}", cell) for c, cell in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{content}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{content}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="case" sheetId="1" r:id="rId1"/></sheets><calcPr fullCalcOnLoad="1"/></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # stored: the same bytes from every zlib
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}'.encode())
    return packed.getvalue()


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, tuple):
        return f'<c r="{place}"><f>{escape(cell[0])}</f><v>{float(cell[1])!r}</v></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def main() -> None:
    """Write the spreadsheet of every case."""
    for path in sorted(CASES.glob("*.yaml")):
        write_bytes(path.with_suffix(".xlsx"), workbook(sheet_of(read_yaml(path))))


if __name__ == "__main__":
    main()
