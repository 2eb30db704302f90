# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.boot import KernelConfig, Verdict, simulate
from explorer.configuration import Evaluation
from explorer.machine import all_shipped_maps
from explorer.study.cure_search import CureSearch
from explorer.study.matrix import Matrix
from explorer.study.results import StudyResults
from tests.study.variant_matrices import variant_matrices


@pytest.fixture(scope="module", params=["4.17", "4.19", "5.14"])
def studied(request: pytest.FixtureRequest) -> list[Matrix]:
    return variant_matrices(request.param)


def test_every_cure_is_a_configuration_of_kconfig_that_boots_safely(studied: list[Matrix]) -> None:
    search, cured = CureSearch(studied, StudyResults(all_shipped_maps())), 0
    for view in studied:
        for row in view.rows:
            for machine, boot, cure in zip(
                all_shipped_maps(), row.boots, search.cures(view, row), strict=True
            ):
                assert cure is None or boot.verdict is Verdict.UNSAFE
                if cure:
                    values = Evaluation(view.tree, cure.answers).values()
                    assert all(values[name] == value for name, value in cure.changes.items())
                    kernel_config = KernelConfig.of(
                        row.kernel_config.kernel, values, row.kernel_config.ram_fill
                    )
                    assert kernel_config.page_shift == row.kernel_config.page_shift
                    assert simulate(kernel_config, machine).verdict is Verdict.SAFE
                    cured += 1
    assert cured or str(studied[0].tree.release) == "5.14"
