"""Patterns that are compiled at their first use: they do what compiled ones do."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
from unittest.mock import patch

import pytest

import tuner
from tuner import lazy_patterns
from tuner.lazy_patterns import lazy_pattern


def test_a_lazy_pattern_does_what_the_compiled_one_does() -> None:
    text = "ids AJ_1 and AJ_22"
    made, lazy = re.compile(r"aj_(\d+)", re.IGNORECASE), lazy_pattern(r"aj_(\d+)", re.IGNORECASE)
    assert lazy.findall(text) == made.findall(text) == ["1", "22"]
    assert lazy.sub("x", text) == made.sub("x", text)
    assert (lazy.pattern, lazy.flags, lazy.groups) == (made.pattern, made.flags, made.groups)
    assert lazy_pattern(rb"\d").search(b"a1") is not None


def test_it_is_compiled_once_and_only_when_it_is_used() -> None:
    with patch.object(re, "compile", wraps=re.compile) as compiling:
        lazy = lazy_pattern(r"never seen before (\d+)")
        assert not compiling.called
        assert not lazy.match("a") and not lazy.search("b") and not lazy.fullmatch("c")
    assert compiling.call_count == 1


def test_a_fault_in_a_pattern_is_raised_at_its_first_use() -> None:
    lazy = lazy_pattern("(")
    with pytest.raises(re.error):
        lazy.match("a")


def test_every_pattern_of_the_package_compiles() -> None:
    for module in pkgutil.walk_packages(tuner.__path__, "tuner."):
        if not module.name.endswith(("__main__", "libscan")):
            importlib.import_module(module.name)
    gc.unfreeze()  # conftest.py has frozen what was there when the tests began
    made = [each for each in gc.get_objects() if type(each) is lazy_patterns._LazyPattern]
    gc.freeze()
    assert len(made) > 200
    for each in made:
        assert re.compile(*each._given)
