# SPDX-License-Identifier: GPL-2.0-or-later
from explorer.configuration import load_fragment
from explorer.machine import all_shipped_maps
from explorer.study.matrix import FOUR, Matrix, study_kernel
from explorer.study.variants import open_variants
from explorer.version import KernelVersion


def variant_matrices(release: str) -> list[Matrix]:
    """The matrices of a kernel in every variant, on all shipped maps."""
    tree = load_fragment(KernelVersion.parse(release))
    return [
        study_kernel(tree, all_shipped_maps(), variant=variant, what_ifs=False)
        for variant in open_variants(tree, {}, FOUR)
    ]
