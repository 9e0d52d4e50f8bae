"""The house as documented is the house as built: folders, sizes, settings, and nothing that belongs to one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.settings import PREFIX, Settings, SettingUnknown

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "foundation",
    "audit",
    "camera_registry",
    "people",
    "ingest",
    "access",
    "extract",
    "api",
    "matpho",
    "sample_clips",
    "migrations",
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_the_tree_of_the_architecture_page_is_the_tree_of_the_checkout() -> None:
    page = (ROOT / "docs/design/architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^([a-z_]+)/ ", page, re.MULTILINE))
    stored = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}
    assert drawn == {name for name in stored if not name.startswith(".")} - {"requirements", "scripts"}


@pytest.mark.parametrize("folder", ["unit", "integration", "contract", "e2e", "property", "golden", "migration"])
def test_every_folder_of_tests_has_tests(folder: str) -> None:
    assert list((ROOT / "tests" / folder).rglob("test_*.py"))


def test_no_source_file_is_over_400_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_no_function_is_over_50_lines() -> None:
    long = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > 50 and "versions" not in path.parts:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({size})")
    assert long == []


def test_only_the_clock_reads_a_clock() -> None:
    reads = re.compile(r"\btime\.(time|time_ns|monotonic|monotonic_ns|perf_counter)\(|datetime\.(now|utcnow|today)\(")
    found = [str(p.relative_to(ROOT)) for p in sources() if reads.search(p.read_text())]
    assert sorted(found) == ["foundation/clock.py", "foundation/identity.py"]


def test_settings_page_names_every_setting_and_no_other() -> None:
    page = (ROOT / "docs/ref/settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(MATPHO_[A-Z_]+)`", page, re.MULTILINE)) == {
        PREFIX + name.upper() for name in Settings.model_fields
    }


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingUnknown, match="MATPHO_LANGAUGE"):
        Settings.from_environment({"MATPHO_LANGAUGE": "en"})


def test_links_between_decisions_hold() -> None:
    folder = ROOT / "docs/decisions"
    listed = set(re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "index.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_every_page_that_the_code_names_exists() -> None:
    named = re.compile(r"docs/[a-z0-9/_-]+\.(?:md|svg)")
    texts = [*sources(), ROOT / "README.md", ROOT / "Makefile", ROOT / "CONTRIBUTING.md"]
    missing = {page for path in texts for page in named.findall(path.read_text()) if not (ROOT / page).is_file()}
    assert missing == set()
