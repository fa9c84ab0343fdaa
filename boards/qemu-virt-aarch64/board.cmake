# SPDX-License-Identifier: MIT
set(SMF_BOARD_ARCH aarch64)
set(SMF_BOARD_PORT baremetal)
set(SMF_BOARD_SOURCES start.S board.c)
set(SMF_BOARD_PORT_SOURCES ../common/pages_port.c)
set(SMF_BOARD_LINKER_SCRIPT link.ld)
set(SMF_BOARD_LIBC -specs=/usr/lib/picolibc/aarch64-linux-gnu/picolibc.specs)
set(SMF_BOARD_QEMU qemu-system-aarch64 -machine virt -cpu cortex-a57 -m 64M -display none -monitor none -serial stdio
  -no-reboot -semihosting-config enable=on,target=native)
set(SMF_BOARD_ICOUNT -icount shift=0)
set(SMF_BOARD_PASS 0)
