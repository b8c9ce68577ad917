"""Rules on the text of the source: sizes, names, and what is banned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "common"}
BANNED_MODULES = {"cloudpickle", "dill", "marshal", "pickle", "shelve"}
BANNED_CALLS = {
    "__import__",
    "compile",
    "eval",
    "exec",
    "joblib.dump",
    "joblib.load",
    "torch.load",
    "torch.save",
    "yaml.full_load",
    "yaml.load",
    "yaml.unsafe_load",
}
PACKAGE = sorted((ROOT / "forecast").rglob("*.py"))
FILES = sorted(
    path for folder in ("forecast", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)


def _banned(tree: ast.AST) -> Iterator[str]:
    """Yield what the tree imports or calls of the banned names, with the line."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call):
            names = [ast.unparse(node.func)]
        for name in names:
            if name in BANNED_CALLS or name.split(".")[0] in BANNED_MODULES:
                yield f"{name}, line {getattr(node, 'lineno', 0)}"


def _catch_alls(tree: ast.AST, *, nested: bool = False) -> Iterator[str]:
    """Yield the functions that take ``**kwargs``; the wrapper inside a decorator may."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.args.kwarg is not None and not nested:
                yield f"{node.name}, line {node.lineno}"
            yield from _catch_alls(node, nested=True)
        else:
            yield from _catch_alls(node, nested=nested)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_short_and_named_for_what_it_holds(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert path.stem.strip("_") not in VAGUE_NAMES


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_is_free_of_code_loading_and_catch_alls(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(_banned(tree)) == []
    assert list(_catch_alls(tree)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "from torch import load",
        "torch.load(path)",
        "yaml.load(text, Loader=Own)",
        "eval('1')",
    ],
)
def test_banned_text_is_found(text: str) -> None:
    assert list(_banned(ast.parse(text)))


def test_catch_all_is_found_outside_a_decorator_only() -> None:
    assert list(_catch_alls(ast.parse("class A:\n    def f(self, **options): ...")))
    wrapper = "def decorator(f):\n    def inner(*args, **kwargs): ...\n    return inner"
    assert not list(_catch_alls(ast.parse(wrapper)))
