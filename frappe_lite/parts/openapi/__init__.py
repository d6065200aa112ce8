"""`/api/v2/openapi.json`: an OpenAPI 3.1 description of the site as the caller sees it."""

from .description import attach

__all__ = ["attach"]
