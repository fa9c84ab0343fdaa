# SPDX-License-Identifier: MIT
set(SMF_BOARD_ARCH arm)
set(SMF_BOARD_PORT rtos-mpu)
set(SMF_BOARD_SOURCES ../mps2/board.c ../mps2/start.c)
set(SMF_BOARD_PORT_SOURCES ../mps2/port.c)
set(SMF_BOARD_LINKER_SCRIPT link.ld)
set(SMF_BOARD_LIBC -specs=picolibc.specs)
set(SMF_BOARD_QEMU qemu-system-arm -machine mps2-an385 -display none -monitor none -serial stdio
  -semihosting-config enable=on,target=native)
set(SMF_BOARD_ICOUNT -icount shift=6)
set(SMF_BOARD_PASS 0)
