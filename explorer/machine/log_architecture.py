# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells from a kernel's log for which architecture the kernel was built.

Rules:

1. A message that only kernels of another architecture print shows that architecture, whatever else the log
   holds.
2. Messages of arch/arm64 and names of arm64 compilers show arm64. So do messages that arm64 shares with few
   architectures and that rule 1 does not rule out: ``Booting Linux on physical CPU`` (arch/arm,
   arch/arm64) and what drivers/firmware/efi/ prints early.
3. A log without any of these shows no architecture. The first 4 MiB of a boot are searched: all these
   messages are early ones.
"""

import re

from explorer.machine.log_text import WRAP

__all__ = ["foreign_architecture", "shows_arm64"]

_FOREIGN = (
    (
        "an x86 machine",
        re.compile(
            r"\bBIOS-e820: \[|\bBIOS-provided physical RAM map|\bx86/(?:fpu|cpu|mm|PAT):"
            r"|\befi: mem\d{1,4}: \["
            r"|\b(?:Intel GenuineIntel|AMD AuthenticAMD|Hygon HygonGenuine)$",
            re.MULTILINE,
        ),
    ),
    (
        "a RISC-V machine",
        re.compile(r"\bSBI (?:specification v\d|implementation ID=)|\briscv: (?:base )?ISA extensions"),
    ),
    (
        "a 32-bit Arm kernel",
        re.compile(
            r"\bCPU: [^\n\[\]]{1,80} \[[0-9a-f]{8}\] revision \d{1,3} \(ARM"
            r"|\bCPU: ARM(?:v[4-7]|\d)[\w-]{0,16}(?: [\w-]{1,24}){0,2} \[[0-9a-f]{8}\]"
            r"|\bMemory policy: [^\n]{0,40}\bData cache |\bCPU: (?:PIPT|VIPT|VIVT)[^\n]{0,40} data cache"
        ),
    ),
    (
        "a kernel with HIGHMEM, which arm64 does not have",
        re.compile(r"^[^\n]{0,80} HighMem {1,8}(?:\[mem 0x[0-9a-f]{1,16}-|empty)", re.MULTILINE),
    ),
    (
        "a POWER machine",
        re.compile(
            r"\bPCI host bridge /|\bppc64_pft_size|\b(?:hash|radix)-mmu: "
            r"|\bUsing [^\n]{1,60} machine description"
            r"|\bpercpu: Embedded \d{1,4} pages/cpu @\(?c0[0-9a-f]{6}|\bOPAL V\d detected"
            r"|\b(?:cpu|mmu|firmware)_features {1,8}= 0x|\bKUAP\b|\bopal: "
        ),
    ),
    (
        "a MIPS machine",
        re.compile(
            r"\bCPU\d{0,4} revision is: [0-9a-f]{8}|\bMIPS: machine is |\bDetermined physical RAM map:"
            r"|\bPrimary instruction cache \d{1,4}kB"
        ),
    ),
    ("a LoongArch machine", re.compile(r"\bLoongson(?:-64bit)? Processor probed|\bLoongArch\b")),
    ("an s390 machine", re.compile(r"\bLinux is running (?:as a z/VM|natively in|under KVM in) ")),
    ("a SPARC machine", re.compile(r"\bPROMLIB: |\bsun4[muv]\b")),
)
_EARLY = 4 << 20
_COMPILERS = (
    ("a 32-bit Arm kernel", r"arm(?:eb|v\d\w{0,4})?"),
    ("an x86 machine", r"x86_64|i[3-6]86"),
    ("a RISC-V machine", r"riscv(?:32|64)"),
    ("a POWER machine", r"(?:powerpc|ppc)(?:64)?(?:le)?"),
    ("a MIPS machine", r"mips\w{0,12}"),
    ("a LoongArch machine", r"loongarch(?:32|64)"),
    ("an s390 machine", r"s390x?"),
    ("a SPARC machine", r"sparc(?:64)?"),
)
_VERSION = re.compile(r"Linux version [^\n]{0,1000}")
_BUILT_BY = tuple(
    (name, re.compile(r"(?<![\w-])" + cpu + r"(?:-\w{1,24}){0,3}-(?:linux|elf|eabi)"))
    for name, cpu in _COMPILERS
)
_ARM64 = re.compile(
    r"\b(?:aarch64|AArch64|arm64|ARM64|ARMv8)\b|_aarch64\b|\bAll CPU\(s\) started at EL[12]"
    r"|\bBooting Linux on physical CPU" + WRAP + r"0x[0-9a-f]|\bDetected (?:VIPT|PIPT|VPIPT) I-cache on CPU"
    r"|\bpstate: ?[0-9a-f]{8}|\bMem abort info:|\bGICv[2-5]\b"
    r"|\bNUMA: (?:NODE_DATA(?:\(\d{1,4}\))?|Faking a node at) \[mem 0x"
    r"|\befi: (?:UEFI not found|Getting (?:EFI |UEFI )?parameters from FDT|EFI v\d)"
    r"|\befi:[ \t]{1,8}0x[0-9a-f]{1,16}-0x[0-9a-f]{1,16}" + WRAP + r"\["
)


def foreign_architecture(text: str) -> str:
    """The machine or kernel of another architecture that a log shows; empty if the log shows none."""
    for name, pattern in _FOREIGN:
        if pattern.search(text, 0, _EARLY):
            return name
    version = _VERSION.search(text, 0, _EARLY)
    if version and "aarch64" not in version[0]:
        return next((name for name, pattern in _BUILT_BY if pattern.search(version[0])), "")
    return ""


def shows_arm64(text: str) -> bool:
    """Whether a log holds a message of an arm64 kernel; false does not exclude one."""
    return bool(_ARM64.search(text, 0, _EARLY))
