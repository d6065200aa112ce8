"""From what a client asks for to bound SQL: the table of operators, and the compiler of filters, fields and orders."""

from .compiler import FUNCTIONS, MAX_FILTERS, MAX_ROWS, Condition, Query, Select, Selection, all_of, any_of, quote
from .operators import OPERATORS

__all__ = [
    "FUNCTIONS",
    "MAX_FILTERS",
    "MAX_ROWS",
    "OPERATORS",
    "Condition",
    "Query",
    "Select",
    "Selection",
    "all_of",
    "any_of",
    "quote",
]
