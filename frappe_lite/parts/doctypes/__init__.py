"""What an editor of DocTypes asks: what a change would do before it is saved, and DocTypes of apps as a site has them.

Nothing here is needed to make or change a DocType, which is a document like any other.

    POST /api/v2/method/frappe_lite.doctype.plan  {"doc": {"name": "Task", "fields": […]}}
        ->  {"changes": ["The column points is added"], "misfits": [], "names": ["TASK-0042"], "problem": "", …}
"""

from __future__ import annotations

from ...site import Site
from . import customising, planning
from .customize_form import DOCTYPE, CustomizeForm

__all__ = ["attach", "customising", "planning"]


def attach(site: Site) -> None:
    """Let Customize Form change DocTypes; the methods are registered when this is imported."""
    site.controllers[DOCTYPE] = CustomizeForm
