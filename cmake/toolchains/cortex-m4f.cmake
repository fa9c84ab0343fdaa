# SPDX-License-Identifier: MIT
# Cortex-M4 with its single-precision FPU and the hard-float ABI: Armv7E-M.
set(CMAKE_SYSTEM_PROCESSOR arm)
set(SMF_TOOLCHAIN_PREFIX arm-none-eabi-)
set(SMF_TOOLCHAIN_TRIPLE thumbv7em-none-eabihf)
set(SMF_TOOLCHAIN_FLAGS "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
