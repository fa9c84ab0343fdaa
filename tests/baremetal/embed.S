/* SPDX-License-Identifier: MIT */
/* embed.S - the module that the tests load, among the program's constants: its bytes stay where they are. */
        .section .rodata.module, "a"
        .balign 16
        .global embedded_module, embedded_module_end
embedded_module:
        .incbin EMBEDDED_MODULE
embedded_module_end:
#if defined(__x86_64__)
        .section .note.GNU-stack, "", @progbits
#endif
