# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the claims of the default kernels (``make claims``): ``reports/claims.json``.

The usual builds come first: 4K pages, SPARSEMEM_VMEMMAP. The file is written again after every few builds, so
an interrupted run leaves what it has proven. A build is not proven again if the file or the user's cache has
its claims by the same rules.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from explorer.boot import KernelConfig, MemoryModel
from explorer.commands.report import REPORT_KERNELS
from explorer.configuration import load_fragment
from explorer.machine.shipped_maps import shipped_map
from explorer.proof import Claims, proven_claims
from explorer.proof.build_content import build_key
from explorer.proof.claims_json import claims_from_json
from explorer.proof.claims_store import shipped_text
from explorer.proof.rules_fingerprint import code_hash
from explorer.resources import data_folder
from explorer.study.matrix import FOUR, study_kernel
from explorer.study.variants import open_variants
from explorer.version import KernelVersion

__all__ = ["default_builds", "shipped_document"]


def default_builds() -> list[KernelConfig]:
    """The builds of the default report's rows, those of equal content once, the usual ones first."""
    builds = {build_key(build): build for name in reversed(REPORT_KERNELS) for build in _builds_of(name)}
    return sorted(
        builds.values(),
        key=lambda build: (build.page_shift, build.memory_model is not MemoryModel.SPARSEMEM_VMEMMAP),
    )


def _builds_of(release: str) -> Iterator[KernelConfig]:
    tree = load_fragment(KernelVersion.parse(release))
    maps = [shipped_map("flat")]
    studies = [study_kernel(tree, maps, what_ifs=False, claims_of=lambda _: None)]
    studies += [
        study_kernel(tree, maps, variant=variant, what_ifs=False, claims_of=lambda _: None)
        for variant in open_variants(tree, {}, FOUR)
    ]
    return (row.kernel_config for study in studies for row in study.rows)


def shipped_document() -> Mapping[str, Any]:
    """The shipped file as it is."""
    text = (data_folder("reports") / "claims.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document


def _shipped_by_same_rules() -> dict[str, Any]:
    """The shipped claims by build, if only the text of the rules changed since and not what they do."""
    shipped = shipped_document()
    if shipped["code"] != code_hash():
        return {}
    return {key: shipped["claims"][index] for key, index in shipped["builds"].items()}


def _write(path: Path, proven: list[Claims]) -> None:
    partial = path.with_suffix(".new")
    partial.write_text(shipped_text(proven), encoding="utf-8")
    partial.replace(path)


def main() -> None:
    """Prove what is not proven by the same rules, and write the file as it grows."""
    shipped, builds = _shipped_by_same_rules(), default_builds()
    path = data_folder("reports") / "claims.json"
    proven = [
        claims_from_json(shipped[build_key(build)], build) for build in builds if build_key(build) in shipped
    ]
    _write(path, proven)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        missing = [build for build in builds if build_key(build) not in shipped]
        for number, claims in enumerate(pool.map(proven_claims, missing), start=1):
            proven.append(claims)
            sys.stderr.write(f"{number} of {len(missing)} builds\n")
            if not number % _STEP or number == len(missing):
                _write(path, proven)


_STEP = 4

if __name__ == "__main__":
    main()
