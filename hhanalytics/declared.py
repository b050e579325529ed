"""The declared types of columns in narwhals' words, which every engine's frames are cast to."""

from __future__ import annotations

from typing import Any, Final

import dataframely as dy
import narwhals as nw

from hhanalytics.tables import TABLES

#: Type of a declared column → the same in narwhals.
KINDS: Final[dict[type[dy.Column], Any]] = {
    dy.Int64: nw.Int64,
    dy.Float64: nw.Float64,
    dy.Date: nw.Date,
    dy.Bool: nw.Boolean,
    dy.String: nw.String,
}
#: Column → its declared type; of two tables that differ (`deadlines` is the only one) that of the table declared first.
DECLARED: Final[dict[str, Any]] = {
    name: KINDS[type(column)] for table in reversed(TABLES.values()) for name, column in table.columns().items()
}
