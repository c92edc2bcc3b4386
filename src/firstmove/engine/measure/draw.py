"""Which pairs stay without advice, so that advice can be compared with none: drawn by lot, before any advice."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ALL = float(2**64)


def lots(*, salt: str, dealers: Sequence[str], skus: Sequence[str]) -> NDArray[np.float64]:
    """The lot of each pair, [n], evenly spread over 0..1: BLAKE2b of salt, dealer and product code.

    A lot rests on nothing but the codes and the salt: not on sales, stock or what would be advised, not on the day or
    the rows beside it. A pair is held out where its lot is below the share, so a larger share keeps those of a smaller
    one, and a new salt draws anew.

    >>> [round(float(lot), 3) for lot in lots(salt="a", dealers=["D-1", "D-1"], skus=["001", "002"])]
    [0.378, 0.67]
    """
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
    begun = hashlib.blake2b(digest_size=8, key=key)
    digests = []
    for dealer, sku in zip(dealers, skus, strict=True):
        lot = begun.copy()
        lot.update(f"{dealer}\0{sku}".encode())
        digests.append(lot.digest())
    return np.frombuffer(b"".join(digests), ">u8").astype(np.float64) / _ALL
