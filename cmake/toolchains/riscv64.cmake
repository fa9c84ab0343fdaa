# SPDX-License-Identifier: MIT
# RV64IMAC, code anywhere (medany), as on a 64-bit microcontroller or in an RTOS.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(SMF_TOOLCHAIN_PREFIX riscv64-unknown-elf-)
set(SMF_TOOLCHAIN_TRIPLE riscv64-unknown-elf)
# Small data off: clang would keep constants in .sdata, which is writable.
set(SMF_TOOLCHAIN_FLAGS "-march=rv64imac -msmall-data-limit=0 -mabi=lp64 -mcmodel=medany")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
