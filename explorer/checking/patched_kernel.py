# SPDX-License-Identifier: GPL-2.0-or-later
"""Signs in a ``.config`` that its kernel is patched: the fragment of its release is not its Kconfig.

``conf`` writes only symbols that its tree defines, and in the header the version of that tree's Makefile. So
a file that it wrote shows a patched tree by any of these:

1. The version in the header is no release of kernel.org: an EXTRAVERSION other than -rcN, as in 6.1.0-sm6125.
2. A symbol that only trees of vendors define. ANDROID_BINDER_IPC and the like are mainline's.
3. CONFIG_LOCALVERSION is one that vendors' defconfigs set: -perf and -qgki (Qualcomm), -tegra (NVIDIA), -gki
   and -android12 (Android common kernel).
4. A symbol without a prompt is set that only later releases can set: a backport.

One of them suffices. These are no signs:

* Any other CONFIG_LOCALVERSION: anybody sets one who builds an unchanged tree.
* A file without a header, or a part of a configuration: people write them.
* The four symbols under study, and symbols with a prompt: people ask for them in any release.
* An impossible value alone: it may be an edited line, which is the fault that ``check`` is made for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from explorer.configuration import DotConfig
from explorer.version import KernelVersion

__all__ = ["PatchSign", "SignKind", "patch_signs"]

_RELEASE = re.compile(r"\d+\.\d+(?:\.\d+)?(?:-rc\d+)?")
_VENDOR_LOCAL_VERSION = re.compile(r"-(?:android\d+|q?gki|perf|tegra)(?![a-z]).*")
_VENDOR_PREFIXES = ("ANDROID_KABI_", "ANDROID_VENDOR_", "GKI_", "MALI_", "QGKI")
_VENDOR_SYMBOLS = frozenset(
    {
        # Android common kernel
        "ANDROID_DEBUG_KINFO",
        "ANDROID_DEBUG_SYMBOLS",
        "ANDROID_PARANOID_NETWORK",
        "ANDROID_STRUCT_PADDING",
        "CPU_FREQ_DEFAULT_GOV_INTERACTIVE",
        "CPU_FREQ_TIMES",
        "DM_ANDROID_VERITY",
        "DM_BOW",
        "DM_DEFAULT_KEY",
        "INCREMENTAL_FS",
        "NETFILTER_XT_MATCH_QTAGUID",
        "SDCARD_FS",
        "UID_SYS_STATS",
        "USB_CONFIGFS_F_ACC",
        # Qualcomm
        "ARCH_KONA",
        "MSM_BOOT_STATS",
        "QCOM_DLOAD_MODE",
        "QCOM_KGSL",
        # MediaTek
        "MTK_ION",
        "MTK_M4U",
        "MTK_PLATFORM",
        # Rockchip
        "ROCKCHIP_MPP_SERVICE",
        "ROCKCHIP_MULTI_RGA",
        # Amlogic
        "AMLOGIC_DRIVER",
        "AMLOGIC_MODIFY",
        # NVIDIA
        "TEGRA_GRHOST",
        "TEGRA_NVMAP",
        # Samsung
        "SEC_DEBUG",
        "SEC_PM",
    }
)
"""Names in defconfigs of public vendor trees.

None of 42 mainline trees from 4.10.17 to 7.1.3 defines one of these names, or a name with one of these
prefixes, for any architecture.
"""


_LAST_WITHOUT: Mapping[str, tuple[int, int]] = {
    "ARCH_DEFAULT_CRASH_DUMP": (6, 8),
    "ARCH_ENABLE_MEMORY_HOTPLUG": (4, 20),
    "ARCH_ENABLE_MEMORY_HOTREMOVE": (5, 6),
    "ARCH_FLATMEM_ENABLE": (4, 18),
    "ARCH_FORCE_MAX_ORDER": (6, 0),
    "ARCH_HAS_ZONE_DMA_SET": (5, 12),
    "ARCH_KEEP_MEMBLOCK": (5, 0),
    "ARCH_SUPPORTS_ACPI": (4, 18),
    "ARCH_SUPPORTS_HUGETLBFS": (5, 12),
    "ARCH_SUPPORTS_KEXEC": (6, 4),
    "ARCH_SUPPORTS_MEMORY_FAILURE": (4, 12),
    "ARM64_PA_BITS": (4, 13),
    "CONTIG_ALLOC": (5, 0),
    "GENERIC_ARCH_NUMA": (5, 11),
    "HAVE_PAGE_SIZE_16KB": (6, 8),
    "HAVE_PAGE_SIZE_4KB": (6, 8),
    "HAVE_PAGE_SIZE_64KB": (6, 8),
}
"""Symbols without a prompt, and the last series whose arm64 tree was read and gives them no value.

Nor does any of the older trees that were read: from 4.10.17, 37 of them to 6.19.
"""


class SignKind(Enum):
    """The kinds of signs."""

    VERSION = auto()  # the version in the header
    VENDOR_SYMBOL = auto()
    LOCAL_VERSION = auto()
    LATER_SYMBOL = auto()  # symbols of later releases


@dataclass(frozen=True, slots=True)
class PatchSign:
    """A sign that a kernel is patched.

    Attributes:
        kind: which one.
        names: the version, the local version, or the symbols in the order of the file; at least one.
    """

    kind: SignKind
    names: tuple[str, ...]


def patch_signs(config: DotConfig, release: KernelVersion) -> tuple[PatchSign, ...]:
    """The signs that the tree which wrote a file is not that of the release by which it is judged."""
    values = config.values
    if not config.version or "ARM64" not in values:
        return ()
    local = str(values.get("LOCALVERSION", ""))
    is_release = _RELEASE.fullmatch(config.named)
    vendors = (name for name in values if name in _VENDOR_SYMBOLS or name.startswith(_VENDOR_PREFIXES))
    signs = (
        PatchSign(SignKind.VERSION, () if is_release else (config.named,)),
        PatchSign(SignKind.VENDOR_SYMBOL, tuple(vendors)),
        PatchSign(SignKind.LOCAL_VERSION, (local,) if _VENDOR_LOCAL_VERSION.fullmatch(local) else ()),
        PatchSign(SignKind.LATER_SYMBOL, tuple(_later_symbols(values, release))),
    )
    return tuple(sign for sign in signs if sign.names)


def _later_symbols(values: Mapping[str, str], release: KernelVersion) -> Iterator[str]:
    """The symbols that the file sets and no arm64 kernel of its release can set, in the order of the file."""
    for name, value in values.items():
        if value != "n" and name in _LAST_WITHOUT and release.series <= _LAST_WITHOUT[name]:
            yield name
