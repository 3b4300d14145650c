"""Arrays end to end, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal

from hbm_model.inference.packing import packed

ARRAYS = st.one_of(
    arrays(np.float64, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), elements=st.floats(-1e9, 1e9)),
    arrays(np.intp, array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4), elements=st.integers(0, 1000)),
)
NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, ARRAYS, max_size=4), max_size=4))
def test_there_and_back_is_the_same(groups: dict[str, dict[str, np.ndarray]]) -> None:
    form, floats, indices = packed(groups)
    found = form.unpacked(floats, indices)
    assert set(found) == {group for group, each in groups.items() if each}
    for group, each in found.items():
        assert set(each) == set(groups[group])
        for name, array in each.items():
            assert_array_equal(array, groups[group][name])
            assert (array.dtype.kind == "u") == (groups[group][name].dtype.kind == "i")


def test_the_form_tells_shapes_apart_and_not_values() -> None:
    one, other, longer = ({"a": {"x": np.full(n, value)}} for n, value in ((2, 1.0), (2, 5.0), (3, 1.0)))
    assert packed(one)[0] == packed(other)[0]
    assert packed(one)[0] != packed(longer)[0]
    assert packed(one)[0] != packed({"a": {"x": np.ones(2, int)}})[0]


def test_an_index_that_counts_from_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="an index number is negative"):
        packed({"a": {"i": np.array([0, -1])}})
