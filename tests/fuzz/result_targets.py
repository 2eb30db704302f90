# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for ``.config`` files, documents, recordings, the cache, and the formats of other programs."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from math import inf
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

from explorer.api import check
from explorer.boot import Kernel, KernelConfig
from explorer.checking import Checked
from explorer.checking.confirmed_fixes import FixedConfig, fixed_config
from explorer.configuration import DotConfig, load_fragment, parse_config, parse_packed_config
from explorer.configuration.tree.parser import LinuxKconfig
from explorer.configuration.tree.serialization import DamagedEntry, deserialize, serialize
from explorer.document.baseline import parse_baseline
from explorer.document.check import checked_json
from explorer.document.compared import compared_json, read_document
from explorer.document.matrix import document
from explorer.errors import InputError, printable
from explorer.evidence.boot_replay import ReplayedBoot, replay, totals
from explorer.formats import Judged
from explorer.formats.github import github_annotations
from explorer.formats.junit import junit_xml
from explorer.formats.sarif import sarif_log
from explorer.machine import all_shipped_maps
from explorer.narrative.finding_narrative import finding_message
from explorer.proof import Claims
from explorer.proof.claims_json import claims_from_json, claims_to_json
from explorer.study.matrix import study_kernel
from explorer.sweep.input_files import config_files, configurations_of, machine_sources, machines_of_sources
from explorer.version import KernelVersion
from tests.fuzz.archive import folder_of, packed
from tests.fuzz.mutation import (
    mutate_bytes,
    mutate_json,
    mutate_json_lines,
    mutate_lines,
    mutate_packed,
    repeated,
)
from tests.fuzz.target import Target

__all__ = ["RESULT_TARGETS"]

_DATA = Path(__file__).parents[1] / "data"
_CONFIG = (
    b"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\nCONFIG_NR_CPUS=4\n"
)
_ODD_CONFIG = (
    'CONFIG_ARM64=y\nCONFIG_NUMA=\x1b[31m"\u202e]]>&\nCONFIG_NUMA=y\n\x01junk ::error::%0A,\n'.encode()
)
_QUOTED = b'CONFIG_ARM64=y\nCONFIG_NUMA="y"\n# CONFIG_SPARSEMEM is not set #\n'
_SYMBOLS = (
    *(
        "NUMA",
        "SPARSEMEM",
        "SPARSEMEM_VMEMMAP",
        "FLATMEM",
        "HOLES_IN_ZONE",
        "ARM64_4K_PAGES",
        "ARM64_VA_BITS",
    ),
    *("ARM64_64K_PAGES", "DEBUG_VM", "NODES_SHIFT", "NR_CPUS", "ARCH_FORCE_MAX_ORDER", "CMDLINE", "ZONE_DMA"),
)
_changed_config = mutate_lines(
    *(f"CONFIG_{name}".encode() for name in _SYMBOLS),
    *(b"# ", b" is not set", b"=y", b"=n", b"=m", b'=""', b'="mem=64M"', b"=0x10", b"=99", b"CONFIG_"),
    *(b"# Linux/arm64 6.12.0 Kernel Configuration", b"# Linux/x86 6.1.0 Kernel Configuration", b"\r"),
    *(b"# U-Boot 2024.01 Configuration", b"CONFIG_ARM64=y", b"CONFIG_CC_IS_GCC=y", b"\xef\xbb\xbf"),
)
_packed_config = mutate_packed(
    _changed_config, pack=lambda data: gzip.compress(data, mtime=0), unpack=gzip.decompress
)


# --- .config files ----------------------------------------------------------------------------------------


def _parsed(data: bytes) -> DotConfig:
    return parse_packed_config(data, "fuzz")


def _judge_parsed(config: DotConfig) -> None:
    assert all(setting.symbol and setting.line > 0 for setting in config.settings)
    assert all(len(line.text) <= 200 for line in config.unreadable)
    assert set(config.values) == {setting.symbol for setting in config.settings}


def _checked(data: bytes) -> Checked:
    """Reads a ``.config`` and checks it. The kernel is given, because few inputs name one."""
    return check(_parsed(data), machines=["flat"], kernel="6.1")


def _judge_checked(checked: Checked) -> None:
    assert checked.verdict in {"unreachable", "unsafe", "unknown", "safe"}
    assert all(finding_message(checked.tree, finding) for finding in checked.findings)


def _fixed(data: bytes) -> FixedConfig:
    """The confirmed fixes of a ``.config``."""
    _parsed(data)
    text = data.decode()
    return fixed_config(text, "fuzz", lambda config: check(config, machines=["flat"], kernel="6.1"))


def _judge_fixed(fixed: FixedConfig) -> None:
    """The fixed text is a ``.config``, too."""
    _judge_parsed(parse_config(fixed.text.encode(), "fixed"))
    _judge_checked(fixed.checked)


def _named(data: bytes) -> tuple[str, Checked]:
    """A ``.config`` of any content and name."""
    name = data[:20].decode("utf-8", "surrogateescape")
    return name, check(parse_config(data, name), machines=["flat"], kernel="6.12")


def _judge_forms(named: tuple[str, Checked]) -> None:
    """Each format of other programs is valid and free of control characters."""
    name, checked = named
    found = checked_json(checked)
    judged = Judged([found], [{"file": name, "message": name}], lambda _: True)
    texts = json.dumps(found), sarif_log(judged), github_annotations(judged), junit_xml(judged)
    json.loads(texts[0])
    json.loads(texts[1])
    assert all(line.startswith("::") for line in texts[2].splitlines())
    ET.fromstring(texts[3])  # noqa: S314 # what we have written ourselves
    for text in texts:
        assert all(line == printable(line) for line in text.split("\n"))


# --- documents --------------------------------------------------------------------------------------------


@cache
def _document() -> Any:
    found = study_kernel(load_fragment(KernelVersion(6, 12)), all_shipped_maps()[:1], what_ifs=False)
    return json.loads(json.dumps(document([found], all_shipped_maps()[:1], "command")))


def _older(data: bytes) -> Any:
    return read_document("-", BytesIO(data))


def _judge_older(older: Any) -> None:
    json.dumps(compared_json(older, _document(), "fuzz"))
    json.dumps(compared_json(_document(), older, "fuzz"))


def _judge_baseline(accepted: Counter[str]) -> None:
    assert all(count > 0 for count in accepted.values())


def _findings() -> bytes:
    return json.dumps(
        checked_json(check(parse_config(_QUOTED, "-"), machines=["flat"], kernel="6.1"))
    ).encode()


# --- recordings -------------------------------------------------------------------------------------------


def _replayed(data: bytes) -> list[ReplayedBoot]:
    return list(replay(data.decode("utf-8", "replace").splitlines(), "fuzz"))


def _judge_replayed(boots: list[ReplayedBoot]) -> None:
    assert totals(boots)["boots"] == len(boots)
    assert all(boot.outcome for boot in boots)


def _recordings() -> Iterator[bytes]:
    for path in sorted((_DATA / "boots").glob("*.jsonl")):
        with path.open("rb") as file:
            yield file.readline()


# --- the cache --------------------------------------------------------------------------------------------


def _entry(data: bytes) -> LinuxKconfig:
    """A tree from the bytes of an entry of the cache; a damaged entry is a refusal."""
    try:
        return deserialize(data, load_fragment(KernelVersion(6, 12)).kconfig.rules)
    except DamagedEntry as error:
        raise InputError("is damaged", hint="it is parsed again") from error


def _one_other_byte(data: bytes, chance: Random) -> bytes:
    """Another byte at one place, or bytes changed in several: most of the latter are no entry any more."""
    if chance.random() < 0.2:
        return mutate_bytes(data, chance)
    bent = bytearray(data or b"\0")
    bent[chance.randrange(len(bent))] = chance.randrange(256)
    return bytes(bent)


def _judge_entry(tree: LinuxKconfig) -> None:
    """Bytes of this form hold no class and no function; the tree may be a wrong one."""
    assert type(tree) is LinuxKconfig


@cache
def _entry_seed() -> bytes:
    from tests.fuzz.kconfig_targets import small_tree  # noqa: PLC0415 # a target of its own

    return serialize(small_tree().kconfig)


@cache
def _build() -> KernelConfig:
    return KernelConfig.of(Kernel.of(KernelVersion(6, 1)), {"NUMA": "y", "SPARSEMEM": "y"})


def _claims(data: bytes) -> Claims:
    """Claims from an entry of the cache; a damaged entry is a refusal, as in ``claims_store``."""
    try:
        return claims_from_json(json.loads(data), _build())
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise InputError("is damaged", hint="it is proven again") from error


def _judge_claims(claims: Claims) -> None:
    with suppress(ValueError):  # a memory map of other parts
        json.dumps(claims_to_json(claims))


def _damaged_claims() -> Iterator[bytes]:
    """Entries with a number that is none, and with a list as a pfn."""
    entry = json.loads(_stored_claims()[1])
    yield json.dumps({**entry, "forms": inf}).encode()
    entry["counterexamples"][0][1][3] = [1]
    yield json.dumps(entry).encode()


def _stored_claims() -> tuple[bytes, ...]:
    shipped = json.loads((_DATA.parents[1] / "reports/claims.json").read_bytes())
    entries = sorted((json.dumps(entry).encode() for entry in shipped["claims"]), key=len)
    return entries[len(entries) // 2], entries[-1]


# --- sweeps -----------------------------------------------------------------------------------------------

_INPUTS = (
    packed(
        {
            "a/.config": _CONFIG,
            "a/b/other": _QUOTED,
            "machine.json": b'{"memory": [{"base": 0, "size": 4096}]}',
        }
    ),
    packed({"one": _CONFIG, "memblock/memory": b"   0: 0x0000000040000000..0x00000000bfffffff    0 NONE\n"}),
)


def _inputs(data: bytes) -> tuple[int, int]:
    """How many files of a folder are taken for configurations and machines; all are listed."""
    with folder_of(data) as folder:
        files = config_files([str(folder)])
        configs, unreadable = configurations_of(files, ())
        assert len(configs) + len(unreadable) == len(files)
        sources = machine_sources([str(folder)])
        machines, broken = machines_of_sources(sources)
        assert len(machines) + len(broken) == len(sources)
        return len(configs), len(machines)


def _judge_inputs(found: tuple[int, int]) -> None:
    assert sum(found) >= 0


def _store(data: bytes) -> int:
    """The number of finished tasks in the file of a sweep, which anything may have damaged."""
    from explorer.sweep.store import Store  # noqa: PLC0415 # duckdb is an extra

    with (
        folder_of(packed({"sweep.duckdb": data})) as folder,
        Store.opened(folder / "sweep.duckdb", _IDENTITY, "sweep", 2, ()) as store,
    ):
        return len(store.done())


_IDENTITY: Mapping[str, str] = {"kernels": "6.1", "machines": "flat"}


def _store_seed() -> bytes:
    from explorer.sweep.store import Store  # noqa: PLC0415 # duckdb is an extra

    with folder_of(b"") as folder:
        path = folder / "sweep.duckdb"
        with Store.opened(path, _IDENTITY, "sweep", 2, ()) as store:
            store.finish()
        return path.read_bytes()


def _judge_store(done: int) -> None:
    assert done >= 0


def _other_gzip(data: bytes, chance: Random) -> bytes:
    """Changes a document inside gzip, or a plain one."""
    if data.startswith(b"\x1f\x8b"):
        return mutate_packed(
            mutate_json, pack=lambda plain: gzip.compress(plain, mtime=0), unpack=_gunzipped
        )(data, chance)
    return mutate_json(data, chance)


def _gunzipped(data: bytes) -> bytes:
    return zlib.decompress(data, zlib.MAX_WBITS | 16)


def _duckdb_targets() -> dict[str, Target[Any]]:
    if find_spec("duckdb") is None:
        return {}
    return {
        "store": Target(
            _store,
            _judge_store,
            (_store_seed(),),
            ("sweep.store",),
            accepted=0.0,
            branches=0.06,
            mutate=mutate_bytes,
            replayed=5,
        )
    }


RESULT_TARGETS: dict[str, Target[Any]] = {
    "config": Target(
        _parsed,
        _judge_parsed,
        (_CONFIG, gzip.compress(_CONFIG, mtime=0), _ODD_CONFIG, _QUOTED),
        ("configuration.files.dotconfig", "configuration.files.config_value"),
        accepted=0.53,
        branches=0.63,
        mutate=repeated(_changed_config, _packed_config),
    ),
    "check": Target(
        _checked,
        _judge_checked,
        (_CONFIG, _QUOTED),
        ("checking",),
        accepted=0.7,
        branches=0.45,
        mutate=_changed_config,
        replayed=60,
    ),
    "fix": Target(
        _fixed,
        _judge_fixed,
        (_CONFIG, _QUOTED),
        ("checking.config_edits", "checking.config_fixes", "checking.confirmed_fixes"),
        accepted=0.68,
        branches=0.63,
        mutate=_changed_config,
        replayed=30,
    ),
    "forms": Target(
        _named,
        _judge_forms,
        (_ODD_CONFIG,),
        ("formats.sarif", "formats.junit", "formats.github"),
        accepted=0.72,
        branches=0.65,
        mutate=_changed_config,
        replayed=30,
    ),
    "baseline": Target(
        lambda data: parse_baseline(data, "fuzz"),
        _judge_baseline,
        (
            b'{"schema": "kconfig-explorer/check/1", "findings": [{"fingerprint": "0123456789abcdef"}]}',
            b'{"schema": "kconfig-explorer/checks/1", "configs": [{"findings": [{"fingerprint": "01"}]}]}',
            _findings(),
        ),
        ("document.baseline",),
        accepted=0.4,
        branches=0.24,
        mutate=mutate_json,
    ),
    "compared": Target(
        _older,
        _judge_older,
        (json.dumps(_document()).encode(), gzip.compress(json.dumps(_document()).encode(), mtime=0)),
        ("document.compared",),
        accepted=0.32,
        branches=0.62,
        mutate=_other_gzip,
    ),
    "replay": Target(
        _replayed,
        _judge_replayed,
        tuple(_recordings()),
        ("evidence.boot_replay", "evidence.recorded_boot"),
        accepted=0.38,
        branches=0.72,
        mutate=mutate_json_lines,
    ),
    "entry": Target(
        _entry,
        _judge_entry,
        (_entry_seed(),),
        ("configuration.tree.serialization",),
        accepted=0.03,
        branches=0.25,
        mutate=_one_other_byte,
    ),
    "claims": Target(
        _claims,
        _judge_claims,
        _stored_claims(),
        ("proof.claims_json",),
        refused=tuple(_damaged_claims()),
        accepted=0.1,
        branches=0.74,
        mutate=mutate_json,
    ),
    "inputs": Target(
        _inputs,
        _judge_inputs,
        _INPUTS,
        ("sweep.input_files",),
        accepted=0.8,
        branches=0.59,
        mutate=mutate_lines(b"@@ a/.config", b"@@ memory", b"@@ x/memory", b"CONFIG_NUMA=y", b"@@ .hidden"),
    ),
    **_duckdb_targets(),
}
