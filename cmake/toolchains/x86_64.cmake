# SPDX-License-Identifier: MIT
# x86-64 without an operating system, by the compiler of this machine. Interrupts push where the red zone is.
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(SMF_TOOLCHAIN_PREFIX "")
set(SMF_TOOLCHAIN_TRIPLE x86_64-none-elf)
set(SMF_TOOLCHAIN_FLAGS "-m64 -mcmodel=small -mno-red-zone -fcf-protection=none -fno-stack-protector")
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
