# SPDX-License-Identifier: MIT
set(SMF_BOARD_ARCH riscv32)
set(SMF_BOARD_PORT rtos-mpu)
set(SMF_BOARD_SOURCES ../riscv-virt/start.S ../riscv-virt/board.c)
set(SMF_BOARD_PORT_SOURCES ../riscv-virt/port.c)
set(SMF_BOARD_LINKER_SCRIPT link.ld)
set(SMF_BOARD_LIBC -specs=picolibc.specs)
set(SMF_BOARD_QEMU qemu-system-riscv32 -machine virt -bios none -m 64M -display none -monitor none -serial stdio
  -no-reboot -semihosting-config enable=on,target=native)
set(SMF_BOARD_ICOUNT -icount shift=0)
set(SMF_BOARD_PASS 0)
