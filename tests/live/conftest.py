# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own ``conf`` for the tests that hold something against it."""

import pytest

from tests.live.conf import SERIES, Conf, conf
from tests.live.debian import Unavailable


@pytest.fixture(params=SERIES)
def kernel_conf(request: pytest.FixtureRequest) -> Conf:
    try:
        return conf(str(request.param))
    except Unavailable as reason:
        pytest.skip(f"the kernel's conf cannot be had here: {reason}")
