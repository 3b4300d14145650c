"""Many named arrays as two flat ones, of floats and of index numbers.

A compiled program takes each argument apart anew at every call, under Python's lock. Two arguments instead of hundreds
make chains in threads run side by side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats

Groups = Mapping[str, Mapping[str, Any]]
"""Arrays by group and name."""

Indices = NDArray[np.uint32]


@dataclass(frozen=True)
class Form:
    """Where each array stands.

    Attributes
    ----------
    arrays
        Group, name, whether it is of index numbers, and shape, in order.
    """

    arrays: tuple[tuple[str, str, bool, tuple[int, ...]], ...]

    def unpacked(self, floats: Any, indices: Any) -> dict[str, dict[str, Any]]:
        """The named arrays again.

        Parameters
        ----------
        floats, indices
            From :func:`packed`, or arrays of JAX that stand for them.
        """
        groups: dict[str, dict[str, Any]] = {}
        places = {False: 0, True: 0}
        for group, name, is_index, shape in self.arrays:
            source, first = (indices if is_index else floats), places[is_index]
            places[is_index] = first + math.prod(shape)
            groups.setdefault(group, {})[name] = source[first : places[is_index]].reshape(shape)
        return groups


def packed(groups: Groups) -> tuple[Form, Floats, Indices]:
    """Named arrays end to end.

    Parameters
    ----------
    groups
        Whole numbers are taken for indices and may not be negative.

    Raises
    ------
    ValueError
        If an index is negative.
    """
    each = [(group, name, np.asarray(value)) for group, arrays in groups.items() for name, value in arrays.items()]
    is_index = [array.dtype.kind in "iu" for _, _, array in each]
    numbers: dict[bool, list[Any]] = {False: [np.zeros(0)], True: [np.zeros(0, np.intp)]}
    for (_, _, array), index in zip(each, is_index, strict=True):
        numbers[index].append(array.ravel())
    indices = np.concatenate(numbers[True])
    if indices.min(initial=0) < 0:
        raise ValueError("an index number is negative")
    form = Form(tuple((group, name, i, array.shape) for (group, name, array), i in zip(each, is_index, strict=True)))
    return form, np.concatenate(numbers[False]).astype(float), indices.astype(np.uint32)
