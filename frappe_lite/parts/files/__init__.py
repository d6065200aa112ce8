"""Files: `upload_file`, File documents, /files and /private/files, and contents by their hash."""

from . import methods as methods
from .documents import attach

__all__ = ["attach"]
