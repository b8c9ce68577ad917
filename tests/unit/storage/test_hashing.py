from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.storage.hashing import canonical_json, sha256_hex

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def test_sha256_hex_of_abc_is_that_of_the_standard() -> None:
    # FIPS 180-2, appendix B.1
    assert sha256_hex(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")


@given(VALUES)
def test_canonical_json_reads_back_and_is_stable(value: object) -> None:
    text = canonical_json(value)

    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})


def test_canonical_json_keeps_letters_readable() -> None:
    assert canonical_json({"Zürich": "東京"}) == '{"Zürich":"東京"}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_canonical_json_refuses_what_json_cannot_say(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"loss": number})
