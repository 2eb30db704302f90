# SPDX-License-Identifier: GPL-2.0-or-later
"""Near names of undefined symbols."""

import pytest

from explorer.checking.spelling import nearest
from tests.checking.judging import MakeTree


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NUMAA", "NUMA"),
        ("NMUA", "NUMA"),
        ("numa", "NUMA"),
        ("IPQ_APSS_5018", ""),
        ("CRYPTO_CFB", ""),
        ("RTL8192EU", ""),
        ("RTL8192U", ""),
        ("RTL8912CU", ""),
        ("RTL8192UC", "RTL8192CU"),
        ("NF_NAT_PROTO_DCCP", ""),
        ("TRANSPARENT_HUGPAGES", "TRANSPARENT_HUGEPAGE"),
    ],
)
def test_only_a_typing_error_is_taken_for_another_symbol(
    make_tree: MakeTree, name: str, expected: str
) -> None:
    names = ("IPQ_APSS_6018", "CRYPTO_CBC", "RTL8192CU", "NF_CT_PROTO_DCCP", "TRANSPARENT_HUGEPAGE")
    tree = make_tree("".join(f'config {name}\n\tbool "{name}"\n' for name in names))
    assert nearest(tree, name) == expected
