# SPDX-License-Identifier: MIT
# What the bare-metal toolchain files share. They set:
#   SMF_TOOLCHAIN_PREFIX   of the GNU tools, as in arm-none-eabi-gcc
#   SMF_TOOLCHAIN_TRIPLE   for clang --target=, used with -DSMF_TOOLCHAIN_CLANG=ON
#   SMF_TOOLCHAIN_FLAGS    which CPU, which ABI
# Nothing is linked here: a board brings start-up code and a memory map.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SMF_TOOLCHAIN_CLANG)

if(SMF_TOOLCHAIN_CLANG)
  set(CMAKE_C_COMPILER clang)
  set(CMAKE_C_COMPILER_TARGET ${SMF_TOOLCHAIN_TRIPLE})
else()
  set(CMAKE_C_COMPILER ${SMF_TOOLCHAIN_PREFIX}gcc)
endif()
# The archive tools of the host know one object format too few: GNU ar writes the symbol index of its own targets.
set(CMAKE_AR ${SMF_TOOLCHAIN_PREFIX}ar)
set(CMAKE_RANLIB ${SMF_TOOLCHAIN_PREFIX}ranlib)
set(CMAKE_C_FLAGS_INIT "${SMF_TOOLCHAIN_FLAGS} -ffreestanding -fno-pic -fno-asynchronous-unwind-tables")
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_ASM_COMPILER_TARGET ${CMAKE_C_COMPILER_TARGET})
set(CMAKE_ASM_FLAGS_INIT "${SMF_TOOLCHAIN_FLAGS}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
