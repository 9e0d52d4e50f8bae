"""Every text that people read is said in both languages, from the one catalogue."""

import ast
import importlib
import pkgutil
import string
import unicodedata

from foundation.errors import MatPhoError
from foundation.language import CATALOGUE
from tests.support.catalogue import PACKAGES, catalogue, merged, sources, texts


def placeholders(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_catalogue_holds_exactly_the_texts_of_the_code() -> None:
    assert CATALOGUE.read_bytes() == merged(), "run `python -m tests.support.catalogue update`"


def test_every_text_is_translated_with_its_fields() -> None:
    for message in catalogue():
        if message.id:
            text, told = str(message.id), str(message.string)
            assert told, text
            assert not message.fuzzy, text
            assert placeholders(told) == placeholders(text), text
            assert unicodedata.normalize("NFC", told) == told, text


def test_english_is_said_without_the_days_of_vietnamese() -> None:
    assert [text for text in texts() if "hôm nay" in text or "hôm qua" in text] == []


def test_marked_texts_are_literals() -> None:
    for path in (path for path in sources() if path.suffix == ".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"


def errors_below(kind: type[MatPhoError]) -> set[type[MatPhoError]]:
    return {kind}.union(*(errors_below(below) for below in kind.__subclasses__()))


def test_every_error_speaks_both_languages_and_has_a_code_of_its_own() -> None:
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.startswith("migrations.versions") and module.name not in {
                "matpho.__main__",
                "migrations.env",
            }:
                importlib.import_module(module.name)
    known = texts()
    ours = {kind for kind in errors_below(MatPhoError) if kind.__module__.split(".")[0] in PACKAGES}
    assert len(ours) > 60
    for kind in ours:
        assert kind.message in known, kind
        assert not kind.mend or kind.mend in known, kind
    codes = [kind.code for kind in ours]
    assert sorted(codes) == sorted(set(codes))
