"""Document Naming Rule: how the site names documents of a kind."""

from __future__ import annotations

from .. import naming_rules
from ..life import Document


class DocumentNamingRuleController(Document):
    """How the site names documents of a kind."""

    def validate(self) -> None:
        naming_rules.check_rule(self.ctx, self)

    def on_update(self) -> None:
        self.ctx.touch(naming_rules.RULE)

    def after_delete(self) -> None:
        self.ctx.touch(naming_rules.RULE)
