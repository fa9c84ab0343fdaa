# SPDX-License-Identifier: MIT
set(SMF_BOARD_ARCH x86_64)
set(SMF_BOARD_PORT baremetal)
set(SMF_BOARD_SOURCES start.S board.c)
set(SMF_BOARD_PORT_SOURCES ../common/pages_port.c)
set(SMF_BOARD_LINKER_SCRIPT link.ld)
set(SMF_BOARD_LIBC "") # Debian has no picolibc for it: tests/harness/small_libc.c
set(SMF_BOARD_QEMU qemu-system-x86_64 -machine q35 -m 64M -display none -monitor none -serial stdio -no-reboot
  -device isa-debug-exit,iobase=0xf4,iosize=4)
set(SMF_BOARD_ICOUNT -icount shift=0)
set(SMF_BOARD_PASS 33) # the device makes 2 * value + 1 of it; 1 is also what QEMU says about itself
