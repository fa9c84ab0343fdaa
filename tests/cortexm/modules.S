/* SPDX-License-Identifier: MIT */
/* modules.S - the modules that modules.c loads, as files in the board's flash; where they are built is on the assembler's include path. */
    .macro  embed name
    .globl  module_\name, module_\name\()_end
    .balign 16
module_\name:
    .incbin "\name\().smf"
module_\name\()_end:
    .endm

    .section .rodata.modules, "a", %progbits
    embed   worker
    embed   closed
    embed   distant
    embed   pure
    embed   wild
