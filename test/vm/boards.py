"""boards: the machines that qemu plays for these tests, one row each.

Kernels are Debian's, of the architecture that the board's kernel is built for.
Where a board has no virtio the command's output comes over its console, and its
disk is an SD card. raspi0 and sabrelite cannot switch themselves off in qemu:
they are killed when the kernel says that it has halted.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Board:
    name: str
    cpu: str            # for people
    arch: str           # Debian's name, of the kernel and of busybox
    meta: str           # Debian's package that stands for today's kernel
    go: tuple           # GOARCH and GOARM of the build that belongs here
    machine: tuple      # qemu words
    console: str        # kernel words
    modules: tuple
    disk: str           # node of the first disk
    unsigned: bool = False  # the kernel's package has a signed twin that needs more to be unpacked
    dtb: str = ""       # device tree of the kernel package; none: qemu makes one
    hidden: bytes = b""  # a device in it that no driver shall find
    virtio: bool = False
    memory: int = 0     # MB; 0: as asked for


# Time passes by 4 ns for every instruction, whatever else the host has to do, and while
# the processor sleeps as it does for us. So figures of two runs agree.
NS_AN_INSTRUCTION = 4
COUNTED = ("-icount", f"shift={NS_AN_INSTRUCTION.bit_length() - 1}")

_FS = ("crc32c_generic", "ext4")  # crc32c: a soft dependency of ext4
_VIRTIO = ("virtio_mmio", "virtio_blk", "virtio_console", *_FS)

BOARDS = {b.name: b for b in (
    Board("arm7", "ARMv7 Cortex-A7 (virt)", "armhf", "linux-image-armmp", ("arm", "7"),
          # highmem: with it the kernel finds no room for its PCI window
          ("qemu-system-arm", "-M", "virt,highmem=off", "-cpu", "cortex-a7"),
          "console=ttyAMA0", _VIRTIO, "/dev/vda", virtio=True),
    Board("arm6", "ARMv6 ARM1176 (raspi0)", "armel", "linux-image-rpi", ("arm", "6"),
          # icount: its timer compares for equality, so when the host holds qemu up between the
          # kernel's reading of the clock and its write of the next moment, that moment never
          # comes and the machine sleeps for 71 minutes. When instructions are the clock nothing
          # can come between.
          ("qemu-system-arm", "-M", "raspi0", *COUNTED),
          # the power driver asks for a register that qemu 7.2 lacks, and the kernel dies of it
          "console=ttyAMA0,115200 initcall_blacklist=bcm2835_pm_driver_init",
          _FS, "/dev/mmcblk0", dtb="bcm2835-rpi-zero.dtb", memory=512),
    Board("imx6", "ARMv7 Cortex-A9 (sabrelite)", "armhf", "linux-image-armmp", ("arm", "7"),
          # the kernel's console is the second serial line; the first is free for tests
          ("qemu-system-arm", "-M", "sabrelite", "-serial", "{uart}"),
          # gpio_mxc: card detect and chip select, without which SD and SPI stay deferred
          "console=ttymxc1", ("gpio_mxc", *_FS, "sdhci_esdhc_imx", "spi_imx", "spi_nor"),
          # the processor's own timer ticks at 100 MHz in qemu, where the kernel believes in 396:
          # every sleep would last up to four times as long. The i.MX timer is right.
          "/dev/mmcblk3", dtb="imx6q-sabrelite.dtb", hidden=b"arm,cortex-a9-twd-timer"),
    Board("arm64", "ARMv8 Cortex-A53 (virt)", "arm64", "linux-image-cloud-arm64", ("arm64", ""),
          ("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53"),
          "console=ttyAMA0", _VIRTIO, "/dev/vda", unsigned=True, virtio=True),
)}
