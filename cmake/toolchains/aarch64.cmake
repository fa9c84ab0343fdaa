# SPDX-License-Identifier: MIT
# AArch64 without an operating system. Atomics inline: no helper library of the compiler is at hand.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(SMF_TOOLCHAIN_PREFIX aarch64-linux-gnu-)
set(SMF_TOOLCHAIN_TRIPLE aarch64-none-elf)
set(SMF_TOOLCHAIN_FLAGS "-mcpu=cortex-a57 -mno-outline-atomics")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
