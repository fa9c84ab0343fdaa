# SPDX-License-Identifier: MIT
# Cortex-M33: Armv8-M with the main extension, soft-float ABI.
set(CMAKE_SYSTEM_PROCESSOR arm)
set(SMF_TOOLCHAIN_PREFIX arm-none-eabi-)
set(SMF_TOOLCHAIN_TRIPLE thumbv8m.main-none-eabi)
set(SMF_TOOLCHAIN_FLAGS "-mcpu=cortex-m33 -mthumb -mfloat-abi=soft")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
