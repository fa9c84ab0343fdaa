/* SPDX-License-Identifier: MIT */
/* prelinked.S - the prelinked module, in a section that the linker puts where the module was prelinked for. */
    .section .smf_prelinked, "a", %progbits
    .globl  module_prelinked, module_prelinked_end
module_prelinked:
    .incbin "prelinked.smf"
module_prelinked_end:
