# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for baselines, older documents and recordings, and for the formats of other programs."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from explorer.api import check
from explorer.configuration import load_fragment, parse_config
from explorer.document.baseline import parse_baseline
from explorer.document.check import checked_json
from explorer.document.compared import compared_json, read_document
from explorer.document.matrix import document
from explorer.errors import printable
from explorer.evidence.boot_replay import replay
from explorer.formats import Judged
from explorer.formats.github import github_annotations
from explorer.formats.junit import junit_xml
from explorer.formats.sarif import sarif_log
from explorer.machine import all_shipped_maps
from explorer.study.matrix import study_kernel
from explorer.version import KernelVersion
from tests.fuzz.target import Target, refusable

__all__ = ["RESULT_TARGETS"]

_BOOTS = Path(__file__).parents[1] / "data/boots"
_CONFIG = 'CONFIG_ARM64=y\nCONFIG_NUMA=\x1b[31m"\u202e]]>&\nCONFIG_NUMA=y\n\x01junk ::error::%0A,\n'.encode()


@cache
def _document() -> Any:
    found = study_kernel(load_fragment(KernelVersion(6, 12)), all_shipped_maps()[:1], what_ifs=False)
    return json.loads(json.dumps(document([found], all_shipped_maps()[:1], "command")))


def _older(data: bytes) -> None:
    older = read_document("-", BytesIO(data))
    json.dumps(compared_json(older, _document(), "fuzz"))


def _baseline(data: bytes) -> None:
    assert all(count > 0 for count in parse_baseline(data, "fuzz").values())


def _replay(data: bytes) -> None:
    for replayed in replay(data.decode("utf-8", "replace").splitlines(), "fuzz"):
        assert replayed.outcome


def _seeds() -> Iterator[bytes]:
    for path in sorted(_BOOTS.glob("*.jsonl")):
        with path.open("rb") as file:
            yield file.readline()


def _forms(data: bytes) -> None:
    """Checks a file of any content and name; each format must be valid and free of control characters."""
    name = data[:20].decode("utf-8", "surrogateescape")
    found = checked_json(check(parse_config(data, name), machines=["flat"], kernel="6.12"))
    judged = Judged([found], [{"file": name, "message": name}], lambda _: True)
    texts = json.dumps(found), sarif_log(judged), github_annotations(judged), junit_xml(judged)
    json.loads(texts[0])
    json.loads(texts[1])
    assert all(line.startswith("::") for line in texts[2].splitlines())
    ET.fromstring(texts[3])  # noqa: S314 # what we have written ourselves
    for text in texts:
        assert all(line == printable(line) for line in text.split("\n"))


RESULT_TARGETS: dict[str, Target] = {
    "baseline": Target(
        refusable(_baseline), (b'{"findings": [{"fingerprint": "0123456789abcdef"}]}', b'{"configs": []}')
    ),
    "compared": Target(
        refusable(_older),
        (json.dumps(_document()).encode(), gzip.compress(json.dumps(_document()).encode(), mtime=0)),
    ),
    "forms": Target(refusable(_forms), (_CONFIG,)),
    "replay": Target(refusable(_replay), tuple(_seeds())),
}
