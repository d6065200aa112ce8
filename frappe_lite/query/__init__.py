"""From a client's words to SQL with bound values: the operators, and the compiler of filters, fields and orders."""

from .asked import Select, Selection
from .compiler import MAX_COLUMNS, MAX_FILTERS, MAX_ROWS, Query
from .functions import FUNCTIONS
from .operators import NO_CONDITION, OPERATORS, Condition, all_of, any_of, quote
from .words import MAX_ORDERS, split_outside_brackets

__all__ = [
    "FUNCTIONS",
    "MAX_COLUMNS",
    "MAX_FILTERS",
    "MAX_ORDERS",
    "MAX_ROWS",
    "NO_CONDITION",
    "OPERATORS",
    "Condition",
    "Query",
    "Select",
    "Selection",
    "all_of",
    "any_of",
    "quote",
    "split_outside_brackets",
]
