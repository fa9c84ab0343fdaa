# SPDX-License-Identifier: MIT
# RV32IMAC, the usual small RISC-V core.
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(SMF_TOOLCHAIN_PREFIX riscv64-unknown-elf-)
set(SMF_TOOLCHAIN_TRIPLE riscv32-unknown-elf)
# Small data off: clang would keep constants in .sdata, which is writable.
set(SMF_TOOLCHAIN_FLAGS "-march=rv32imac -msmall-data-limit=0 -mabi=ilp32")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
