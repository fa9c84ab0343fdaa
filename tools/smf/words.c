/* SPDX-License-Identifier: MIT */
/* words.c - see words.h. */
#include "words.h"

#define WORD(list, number) ((number) < sizeof(list) / sizeof(list)[0] ? (list)[number] : NULL)

const char *smf_word_layout(unsigned layout)
{
    static const char *const words[] = {"R72", "R96", "P128"};
    return WORD(words, layout);
}

const char *smf_word_platform(unsigned platform)
{
    static const char *const words[] = {"any", "linux", "windows", "macos", "freebsd", "none"};
    return WORD(words, platform);
}

const char *smf_word_arch(unsigned arch)
{
    static const char *const words[] = {"x86_64", "aarch64", "x86", "arm", "riscv64", "riscv32", "wasm32", "wasm64"};
    return WORD(words, arch);
}

const char *smf_word_section(unsigned type)
{
    static const char *const words[] = {NULL,
                                        "code",
                                        "data",
                                        "rodata",
                                        "bss",
                                        "reloc",
                                        "strtab",
                                        "note",
                                        "debug",
                                        "symtab",
                                        "version",
                                        "srcmap",
                                        "template_code",
                                        "template_meta",
                                        "driver_manifest",
                                        "launch_meta",
                                        "aspect_directory"};
    return type == SMF_SECTION_TYPEINFO ? "typeinfo" : WORD(words, type);
}

const char *smf_word_compression(unsigned method)
{
    static const char *const words[] = {NULL, "zstd", "lz4"};
    return WORD(words, method);
}

const char *smf_word_packing(unsigned packing)
{
    static const char *const words[] = {NULL, "zstd", "lz4"};
    return WORD(words, packing);
}

const char *smf_word_symbol(unsigned type)
{
    static const char *const words[] = {"function", "data", "type", "trait", "actor", "constant", "none"};
    return WORD(words, type);
}

const char *smf_word_binding(unsigned binding)
{
    static const char *const words[] = {"local", "global", "weak"};
    return WORD(words, binding);
}

const char *smf_word_header_flag(const struct smf_header *header, unsigned bit)
{
    if (bit == 16 && header->canonical)
        return "prelinked";
    static const char *const words[] = {"executable", "reloadable",  "debug_info", "pic",      "has_stub",
                                        "note_sdn",   "aspect_pack", NULL,         "canonical"};
    return bit == 8 && !header->canonical ? NULL : WORD(words, bit);
}

const char *smf_word_section_flag(unsigned bit)
{
    static const char *const words[] = {"read", "write", "exec", "compressed"};
    return WORD(words, bit);
}

const char *smf_word_symbol_flag(unsigned bit)
{
    static const char *const words[] = {NULL, NULL, "anchor", "pinned", "template", "specialized", "by_stub"};
    return WORD(words, bit);
}

const char *smf_word_relocation(const struct smf_header *header, const struct smf_relocation *relocation,
                                int64_t *number)
{
    const struct smf_arch *arch = smf_arch_of(header->arch);
    *number = -1;
    if (relocation->type == SMF_RELOCATION_PSABI)
        *number = relocation->number;
    else if (relocation->type == SMF_RELOCATION_NONE)
        return "none";
    else if (arch != NULL && relocation->type < 10)
        *number = (header->p_family ? arch->p_types : arch->r_types)[relocation->type];
    if (*number >= SMF_HOWTO_PAGEOFF12) { /* scale from the instruction: no psABI has such a type */
        *number = -1;
        return relocation->type == SMF_RELOCATION_PAGEOFF12 ? "pageoff12" : "got_pageoff12";
    }
    if (*number == 0 && relocation->type != SMF_RELOCATION_PSABI)
        *number = -1;
    return arch != NULL && *number >= 0 ? smf_howto_name(arch, (uint32_t)*number) : NULL;
}
