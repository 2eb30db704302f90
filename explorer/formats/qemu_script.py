# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell script that boots a kernel under QEMU with a device tree of our own and runs a trigger.

The script makes an initial RAM disk of busybox and of the trigger, adds its address to the device tree,
writes the boot stub into memory with QEMU's generic loader, and starts the machine. It needs
``qemu-system-aarch64`` and ``dtc``.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.machine.qemu_virt import INITRD_SIZE, KERNEL_SIZE, RAM_START, LoadAddresses, boot_stub

__all__ = ["COMMAND_LINE", "QemuBoot", "boot_script"]

COMMAND_LINE = "console=ttyAMA0 earlycon=pl011,0x9000000 memblock=debug loglevel=8 oops=panic panic=-1"
"""The words that show a fault on the console and end QEMU after it."""

_PRESSURE = (
    "echo 100000 > /proc/sys/vm/nr_hugepages",
    "echo 0 > /proc/sys/vm/nr_hugepages",
    "$b mount -t tmpfs -o size=85% full /full",
    "$b dd if=/dev/zero of=/full/movable bs=1M 2> /dev/null",
    "n=0; while [ $n -lt 400 ]; do $b sleep 1000 & n=$((n + 1)); done",
)
_TRIGGERS: dict[str, tuple[str, ...]] = {
    "boot": (),
    "compact": ("echo 1 > /proc/sys/vm/compact_memory",),
    "pagetypeinfo": ("$b cat /proc/pagetypeinfo > /dev/null",),
    "kpageflags": ("$b cat /proc/kpageflags > /dev/null",),
    "kpagecount": ("$b cat /proc/kpagecount > /dev/null",),
    "fallback": _PRESSURE,
    "highatomic": _PRESSURE,
    "hugetlb": ("echo 100000 > /proc/sys/vm/nr_hugepages",),
    "gigantic": ("for size in /sys/kernel/mm/hugepages/*; do echo 4 > $size/nr_hugepages; done",),
    "page_owner": ("$b cat /sys/kernel/debug/page_owner > /dev/null",),
    "kmemleak": ("echo scan > /sys/kernel/debug/kmemleak", "$b sleep 90"),
    "hibernate": ("echo disk > /sys/power/state",),
    "valid_zones": ("$b cat /sys/devices/system/memory/memory*/valid_zones > /dev/null",),
}
"""The shell commands of each trigger, by its name in the recordings."""

_SCRIPT = """\
#!/bin/sh
{comment}
set -eu
if [ $# -ne 2 ]; then
	echo "usage: sh $0 IMAGE BUSYBOX" >&2
	echo "IMAGE: the kernel, arch/arm64/boot/Image; BUSYBOX: a static busybox for arm64" >&2
	exit 2
fi
for tool in qemu-system-aarch64 dtc; do
	command -v $tool > /dev/null || {{ echo "$0: $tool is not installed" >&2; exit 2; }}
done
if [ "$(dd if="$1" bs=1 skip=56 count=4 2> /dev/null)" != ARMd ]; then
	echo "$0: $1 is not an arm64 Image; a compressed one must be unpacked" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/Image"

# the initial RAM disk: busybox, and an init that runs the trigger
cat > "$work/init" << 'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t debugfs debugfs /sys/kernel/debug
echo 'TRIGGER {trigger}'
{commands}
echo 'SURVIVED {trigger}'
$b poweroff -f
INIT
pad() {{ # SIZE: zeros after so many bytes, up to a multiple of 4
	head -c $(((4 - $1 % 4) % 4)) /dev/zero
}}
entry() {{ # NAME MODE FILE: one entry of a cpio archive (initramfs-buffer-format.rst)
	size=$(wc -c < "$3")
	number=$((number + 1))
	printf '070701%08x%08x%08x%08x%08x%08x%08x' $number "$2" 0 0 1 0 "$size"
	printf '%08x%08x%08x%08x%08x%08x%s' 0 0 0 0 $((${{#1}} + 1)) 0 "$1"
	head -c 1 /dev/zero
	pad $((110 + ${{#1}} + 1))
	cat "$3"
	pad "$size"
}}
number=0
{{
	for folder in bin proc sys full; do
		entry $folder 040755 /dev/null
	done
	entry bin/busybox 0100755 "$2"
	entry init 0100755 "$work/init"
	entry 'TRAILER!!!' 0 /dev/null
}} > "$work/initrd"
initrd_end=$(({initrd} + $(wc -c < "$work/initrd")))
text_offset=$(od -An -tu8 -j8 -N8 "$1")
image_size=$(od -An -tu8 -j16 -N8 "$1")
if [ "$image_size" -gt {kernel_size} ] || [ "$initrd_end" -gt {initrd_limit} ]; then
	echo "$0: kernel or busybox is too large for the place that the memory map has" >&2
	exit 2
fi

# the device tree, with the address of the initial RAM disk
{{
	cat "$(dirname "$0")"/{name}.dts
	printf '/ {{ chosen {{ linux,initrd-start = <0x%x 0x%x>; ' $(({initrd} >> 32)) $(({initrd} & 0xffffffff))
	printf 'linux,initrd-end = <0x%x 0x%x>; }}; }};\\n' $((initrd_end >> 32)) $((initrd_end & 0xffffffff))
}} | dtc -q -I dts -O dtb -o "$work/tree.dtb" -

# the boot stub: x0 = the device tree, then a jump to the kernel{fills}
address=$(({stub}))
set --
for number in {numbers}; do
	set -- "$@" -device "loader,addr=$address,data=$number,data-len=8"
	address=$((address + 8))
done
qemu-system-aarch64 -M virt,gic-version=3 -cpu "${{CPU:-neoverse-n1}}" -smp 1 -m {mebibytes} \\
	-nographic -nic none -no-reboot "$@" \\
	-device loader,file="$work/Image",addr=$(({kernel} + text_offset)),force-raw=on \\
	-device loader,file="$work/initrd",addr={initrd},force-raw=on \\
	-device loader,file="$work/tree.dtb",addr={tree},force-raw=on \\
	-device loader,addr={stub},cpu-num=0
"""
_MIB = 1 << 20
_KERNEL_WORD = 7
"""The place of the kernel's address among the stub's 8-byte words."""


class QemuBoot(NamedTuple):
    """What a script boots.

    Attributes:
        name: of the device tree source, without its suffix.
        comment: lines of text for the head of the script.
        places: where everything is loaded.
        memory_end: the first byte after the last memory.
        trigger: what the init runs, by the names of the recordings.
        fill: ranges of RAM to fill with 0xff before the kernel starts.
    """

    name: str
    comment: Sequence[str]
    places: LoadAddresses
    memory_end: int
    trigger: str
    fill: tuple[tuple[int, int], ...] = ()


def boot_script(boot: QemuBoot) -> str:
    """The text of the script; it takes an Image and a static busybox for arm64."""
    places = boot.places
    return _SCRIPT.format(
        comment="\n".join(f"# {line}".rstrip() for line in boot.comment),
        name=boot.name,
        trigger=boot.trigger,
        commands="\n".join(_TRIGGERS[boot.trigger]),
        kernel=f"{places.kernel:#x}",
        initrd=f"{places.initrd:#x}",
        tree=f"{places.tree:#x}",
        stub=f"{places.stub:#x}",
        kernel_size=KERNEL_SIZE,
        initrd_limit=places.initrd + INITRD_SIZE,
        fills="; before, memory is filled with 0xff" if boot.fill else "",
        numbers=" ".join(_numbers(boot)),
        mebibytes=-(-(boot.memory_end - RAM_START) // _MIB),
    )


def _numbers(boot: QemuBoot) -> Iterator[str]:
    """The stub as 8-byte numbers of the shell; the kernel's address is computed by the script."""
    stub = boot_stub(boot.places.tree, boot.places.kernel, boot.fill)
    for index in range(0, len(stub), 8):
        if index == 8 * _KERNEL_WORD:
            yield f"$(({boot.places.kernel:#x} + text_offset))"
        else:
            yield f"{int.from_bytes(stub[index : index + 8], 'little'):#x}"
