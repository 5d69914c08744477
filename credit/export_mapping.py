"""How a platform's own export is to be read: file names, column names, encodings, units, words."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from credit.errors import BadInput
from credit.files import read_yaml
from credit.table_casts import Reading
from credit.table_specs import TABLES
from credit.validation_words import problems_of

Encoding = Literal["utf-8", "gb18030"]
Money = Literal["fen", "yuan"]
Name = Annotated[str, Field(min_length=1)]


class _Writing(BaseModel):
    """How cells are written; said once for the export and, where it differs, again for a table."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    encoding: Encoding | None = Field(None, description="Encoding of CSV files; detected when absent.")
    money: Money | None = Field(
        None, description="Unit in which money is written; fen when absent. Yuan become fen exactly."
    )
    date_format: Name | None = Field(
        None, description="strptime format of dates in texts, such as %Y/%m/%d; ISO (2024-03-31) when absent."
    )
    time_zone: Name | None = Field(
        None, description="Zone in which a time stamp with a zone falls on its day, such as Asia/Shanghai."
    )
    missing: tuple[str, ...] | None = Field(
        None, description='Words that mean "no value", beside the empty cell.', strict=False
    )
    constants: dict[Name, str | int | float | bool | date] = Field(
        default_factory=dict,
        description="Our column: the value it has in every row, for columns that the export lacks.",
    )

    @field_validator("date_format")
    @classmethod
    def _names_year_month_day(cls, value: str | None) -> str | None:
        if value is not None:
            stamp = date(2021, 11, 23).strftime(value)
            if date(2022, 11, 23).strftime(value) == stamp or date(2021, 12, 23).strftime(value) == stamp:
                raise ValueError("must name the year and the month (%Y, %m) and, except for months, the day (%d)")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError("must be a zone of the IANA list, such as Asia/Shanghai") from error
        return value


class TableMapping(_Writing):
    """How one table is found and named in the export."""

    file: Name | None = Field(
        None, description="File name in the export's folder; <table>.parquet or <table>.csv when absent."
    )
    columns: dict[Name, Name] = Field(default_factory=dict, description="Their column: our column.")
    values: dict[Name, dict[str, str]] = Field(
        default_factory=dict, description="Our column: their word: our word, for columns of categories and flags."
    )
    ignore: tuple[Name, ...] = Field((), description="Their columns to leave out.", strict=False)

    @model_validator(mode="after")
    def _no_column_twice(self) -> "TableMapping":
        ours = list(self.columns.values())
        twice = sorted({name for name in ours if ours.count(name) > 1})
        if twice:
            raise ValueError(f"columns: two of their columns are called {', '.join(twice)}")
        return self


class Mapping(_Writing):
    """How a platform's own export is read into the eleven observable tables."""

    exported_on: date | None = Field(
        None, description="Day of the export: no event may lie after it. The day of reading when absent."
    )
    ignore_files: tuple[Name, ...] = Field((), description="Files of the folder that belong to no table.", strict=False)
    tables: dict[str, TableMapping] = Field(default_factory=dict, description="By table, what is special about it.")

    @model_validator(mode="after")
    def _names_ours(self) -> "Mapping":
        for name, table in self.tables.items():
            if name not in TABLES:
                raise ValueError(f"tables: there is no table {name}; must be one of: {', '.join(TABLES)}")
            known = TABLES[name].column_names
            for field, named in (
                ("columns", table.columns.values()),
                ("values", table.values),
                ("constants", table.constants),
            ):
                unknown = sorted(set(named) - set(known))
                if unknown:
                    raise ValueError(f"tables: {name}: {field}: {name} has no column {', '.join(unknown)}")
        return self

    def table(self, name: str) -> TableMapping:
        """The mapping of one table, nothing special when it is not named."""
        return self.tables.get(name, TableMapping.model_validate({}))

    def encoding_of(self, name: str) -> Encoding | None:
        """The encoding that a table's CSV file is said to have; None when it is to be detected."""
        return self.table(name).encoding or self.encoding

    def reading_of(self, name: str) -> Reading:
        """How the cells of a table are written."""
        table = self.table(name)
        missing = table.missing if table.missing is not None else self.missing
        return Reading(
            is_money_in_yuan=(table.money or self.money) == "yuan",
            date_format=table.date_format or self.date_format,
            time_zone=table.time_zone or self.time_zone,
            missing=missing or (),
        )

    def constants_of(self, name: str) -> dict[str, Any]:
        """Our columns of a table that hold one value in every row, where the export lacks them."""
        common = {column: value for column, value in self.constants.items() if column in TABLES[name].column_names}
        return common | self.table(name).constants


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema of mappings; `data/mappings/schema.json` holds it for editors."""
    return Mapping.model_json_schema()


def read_mapping(path: Path | None) -> Mapping:
    """Read a mapping file; without one, files and columns carry our names.

    Raises:
        BadInput: the file is no YAML mapping or says what no mapping knows.
    """
    content = read_yaml(path) if path is not None else {}
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        shown = "data/mappings/example.yaml shows the format"
        told = [replace(one, remedy=one.remedy or shown) for one in problems_of(error, str(path), model=Mapping)]
        raise BadInput(told) from error
