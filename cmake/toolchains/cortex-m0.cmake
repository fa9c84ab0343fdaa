# SPDX-License-Identifier: MIT
# Cortex-M0 and M0+: Armv6-M, Thumb-1 code, no unaligned access.
set(CMAKE_SYSTEM_PROCESSOR arm)
set(SMF_TOOLCHAIN_PREFIX arm-none-eabi-)
set(SMF_TOOLCHAIN_TRIPLE thumbv6m-none-eabi)
set(SMF_TOOLCHAIN_FLAGS "-mcpu=cortex-m0 -mthumb -mfloat-abi=soft")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
