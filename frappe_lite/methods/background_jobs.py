"""`frappe.core.doctype.rq_job.rq_job`: what the desk asks of jobs beside their documents."""

from __future__ import annotations

from ..context import Context
from ..face.job import FAILED, waiting_of
from ..whitelist import method
from .asking import require_manager


@method("frappe.core.doctype.rq_job.rq_job.remove_failed_jobs", methods=["POST"])
def remove_failed_jobs(ctx: Context) -> None:
    """Forget every job that failed, for System Managers."""
    require_manager(ctx)
    for each in waiting_of(ctx).listed(ctx, (FAILED,)):
        waiting_of(ctx).remove(ctx, each)
