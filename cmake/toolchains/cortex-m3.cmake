# SPDX-License-Identifier: MIT
# Cortex-M3: Armv7-M, no FPU.
set(CMAKE_SYSTEM_PROCESSOR arm)
set(SMF_TOOLCHAIN_PREFIX arm-none-eabi-)
set(SMF_TOOLCHAIN_TRIPLE thumbv7m-none-eabi)
set(SMF_TOOLCHAIN_FLAGS "-mcpu=cortex-m3 -mthumb -mfloat-abi=soft")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
