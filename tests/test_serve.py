"""`make serve` keeps what people made; `make fresh` begins anew, whatever lies beside the database."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def serve(tmp_path: Path) -> ModuleType:
    """serve.py, as if it stood in a folder of its own where the sample was served before."""
    spec = importlib.util.spec_from_file_location("serve_of_the_test", ROOT / "serve.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.HERE = tmp_path
    for name in ("site.db", "site.db-wal", "site.db-key", "other.db"):
        (tmp_path / name).write_text(name)
    (tmp_path / "site.db-files" / "2c").mkdir(parents=True)
    (tmp_path / "site.db-files" / "2c" / "content").write_text("uploaded")
    return module


def test_to_begin_anew_takes_files_and_folders_of_that_database_only(serve: ModuleType, tmp_path: Path) -> None:
    serve.begin_anew()
    assert [each.name for each in tmp_path.iterdir()] == ["other.db"]


def test_nothing_is_deleted_unless_it_is_asked_for(serve: ModuleType, tmp_path: Path) -> None:
    before = sorted(each.name for each in tmp_path.rglob("*"))
    assert before == ["2c", "content", "other.db", "site.db", "site.db-files", "site.db-key", "site.db-wal"]
    assert "begin_anew" not in Path(ROOT / "Makefile").read_text()
    makefile = Path(ROOT / "Makefile").read_text()
    assert ("serve.py --fresh" in makefile.split("fresh:")[1], "--fresh" in makefile.split("fresh:")[0]) == (
        True,
        False,
    )
