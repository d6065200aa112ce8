"""OAuth 2.0 provider and OpenID: other programs act for a person who allowed it, as far as the person allowed it."""

from .provider import attach

__all__ = ["attach"]
