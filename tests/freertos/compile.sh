#!/bin/sh
# SPDX-License-Identifier: MIT
# The FreeRTOS adapter compiles for both kinds of MPU, with both compilers, without a warning: compile.sh ROOT FOLDER
set -eu
root=$1
folder=$2
mkdir -p "$folder"
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wvla -Wcast-qual -Wstrict-prototypes -Werror"
include="-I$root/tests/freertos/kernel -I$root/port/rtos-mpu/freertos/include -I$root/port/rtos-mpu/freertos
    -I$root/port/common/include -I$root/core/include"
for cpu in cortex-m3 cortex-m4 cortex-m33; do
    for compiler in "arm-none-eabi-gcc" "clang --target=arm-none-eabi"; do
        for source in memory faults; do
            echo "$compiler -mcpu=$cpu $source.c"
            # shellcheck disable=SC2086 # words are meant to split
            $compiler -mcpu=$cpu -mthumb -std=c11 -Os -ffreestanding $warnings $include \
                -c "$root/port/rtos-mpu/freertos/$source.c" -o "$folder/$source.o"
        done
    done
done
