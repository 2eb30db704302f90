# SPDX-License-Identifier: GPL-2.0-only
"""Prints the claims of the default kernels (``make claims``): ``reports/claims.json``.

A build is not proven again if the shipped file has its claims by the same rules, or the user's cache does. So
an interrupted run goes on where it ended.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from explorer.boot import KernelConfig
from explorer.commands.report import REPORT_KERNELS
from explorer.configuration import load_fragment
from explorer.machine.shipped_maps import shipped_map
from explorer.proof import Claims, proven_claims
from explorer.proof.build_content import build_key
from explorer.proof.claims_json import claims_from_json
from explorer.proof.claims_store import shipped_text
from explorer.proof.rules_fingerprint import code_hash
from explorer.resources import data_folder
from explorer.study.matrix import study_kernel
from explorer.study.variants import open_variants
from explorer.version import KernelVersion

__all__ = ["default_builds", "shipped_document"]


def default_builds() -> list[KernelConfig]:
    """The builds of the default report's rows, those of equal content once."""
    builds = {build_key(build): build for name in reversed(REPORT_KERNELS) for build in _builds_of(name)}
    return list(builds.values())


def _builds_of(release: str) -> Iterator[KernelConfig]:
    tree = load_fragment(KernelVersion.parse(release))
    maps = [shipped_map("flat")]
    studies = [study_kernel(tree, maps, what_ifs=False, claims_of=lambda _: None)]
    studies += [
        study_kernel(
            *(tree, maps),
            settings=variant.settings,
            completion=variant.completion,
            what_ifs=False,
            claims_of=lambda _: None,
        )
        for variant in open_variants(tree, {})
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


def _claims(builds: list[KernelConfig]) -> Iterator[Claims]:
    shipped = _shipped_by_same_rules()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        futures = [
            (build, None if build_key(build) in shipped else pool.submit(proven_claims, build))
            for build in builds
        ]
        for number, (build, future) in enumerate(futures, start=1):
            claims = future.result() if future else claims_from_json(shipped[build_key(build)], build)
            sys.stderr.write(f"\r{number} of {len(builds)} builds")
            yield claims
    sys.stderr.write("\n")


if __name__ == "__main__":
    print(shipped_text(_claims(default_builds())), end="")  # noqa: T201 # it is what the program is for
