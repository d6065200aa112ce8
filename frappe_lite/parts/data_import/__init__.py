"""Data Import: documents from a file that somebody uploaded, looked at first, then taken in by a job, with a log of
each.

    Data Import {reference_doctype, import_type, import_file}  ->  get_preview_from_template, form_start_import
                                                               ->  Data Import Log, one a document

`template.py` reads the file, `importer.py` takes it in, `exporter.py` writes such files, `record.py` has the DocType's
controller and the functions that front ends call, `data_export.py` the sheets of Frappe's older Data Export. Reading
cells and storing documents is `parts/transfer`'s.
"""

from __future__ import annotations

from ...site import Site
from . import data_export as data_export
from .record import DataImport


def attach(site: Site) -> None:
    """Let files be taken in."""
    site.controllers["Data Import"] = DataImport


__all__ = ["DataImport", "attach"]
