/* SPDX-License-Identifier: MIT */
/*
 * smf/format.h - the numbers of the format and nothing else. Since 0.1. Floor: format.
 *
 * docs/SPEC.md explains them. Offsets count from the start of their structure;
 * all integers in files are little-endian. No struct is ever laid over file
 * bytes, so there are none here.
 */
#ifndef SMF_FORMAT_H
#define SMF_FORMAT_H

/* The format that this library writes: canonical SMF 1.1. Readers never look at the version bytes. */
#define SMF_FORMAT_MAJOR 1
#define SMF_FORMAT_MINOR 1

/* Magic at offset 0 of every header: "SMF\0", as a little-endian u32. */
#define SMF_MAGIC 0x00464D53u
#define SMF_LIBRARY_MAGIC 0x464D534Cu    /* "LSMF" */
#define SMF_SETTLEMENT_MAGIC 0x464D5353u /* "SSMF" */
#define SMF_PACKAGE_MAGIC 0x314B5053u    /* "SPK1", at end - 4 */
#define SMF_BYTECODE_MAGIC 0x444F4342u   /* "BCOD", at the start of a Code section */
#define SMF_ELF_MAGIC 0x464C457Fu        /* "\x7fELF" */

/* Sizes, bytes. R72 headers are also R80's (80 bytes, the same fields up to 63). */
#define SMF_R72_HEADER_SIZE 72u
#define SMF_R96_HEADER_SIZE 96u
#define SMF_P128_HEADER_SIZE 128u
#define SMF_T56_SIZE 56u /* section entry, R family          */
#define SMF_T64_SIZE 64u /* section entry, P128 (a and b)    */
#define SMF_S40_SIZE 40u /* symbol entry, R72                */
#define SMF_S52_SIZE 52u /* symbol entry, P128-D0            */
#define SMF_S56_SIZE 56u /* symbol entry, R96 and P128       */
#define SMF_RELOCATION_SIZE 24u

/* Header bytes that all layouts share. */
#define SMF_H_MAGIC 0u
#define SMF_H_MAJOR 4u
#define SMF_H_MINOR 5u
#define SMF_H_PLATFORM 6u
#define SMF_H_ARCH 7u
#define SMF_H_FLAGS 8u

/* R72. */
#define SMF_R72_SECTION_COUNT 12u
#define SMF_R72_SECTION_TABLE 16u
#define SMF_R72_SYMBOL_TABLE 24u
#define SMF_R72_SYMBOL_COUNT 32u
#define SMF_R72_EXPORTED_COUNT 36u
#define SMF_R72_ENTRY_POINT 40u
#define SMF_R72_MODULE_HASH 48u
#define SMF_R72_SOURCE_HASH 56u

/* R96. */
#define SMF_R96_COMPRESSION 12u
#define SMF_R96_SECTION_COUNT 16u
#define SMF_R96_SECTION_TABLE 24u
#define SMF_R96_SYMBOL_TABLE 32u
#define SMF_R96_SYMBOL_COUNT 40u
#define SMF_R96_EXPORTED_COUNT 44u
#define SMF_R96_ENTRY_POINT 48u
#define SMF_R96_STUB_SIZE 56u
#define SMF_R96_DATA_OFFSET 60u
#define SMF_R96_MODULE_HASH 64u
#define SMF_R96_SOURCE_HASH 72u

/* P128, packed. */
#define SMF_P128_COMPRESSION 12u
#define SMF_P128_SECTION_COUNT 16u
#define SMF_P128_SECTION_TABLE 20u
#define SMF_P128_SYMBOL_TABLE 28u
#define SMF_P128_SYMBOL_COUNT 36u
#define SMF_P128_EXPORTED_COUNT 40u
#define SMF_P128_ENTRY_POINT 44u
#define SMF_P128_STUB_SIZE 52u
#define SMF_P128_DATA_OFFSET 56u
#define SMF_P128_MODULE_HASH 60u
#define SMF_P128_SOURCE_HASH 68u
#define SMF_P128_WINDOW_WIDTH 77u
#define SMF_P128_WINDOW_HEIGHT 79u
#define SMF_P128_OPTIONS 88u /* 16 bytes: compile-options hash */
#define SMF_P128_ABI 104u    /* canonical only */
#define SMF_P128_CPU 108u    /* canonical only */
#define SMF_P128_RESERVED 112u

/* In the compile-options block. */
#define SMF_O_HASH 0u
#define SMF_O_BACKEND 8u
#define SMF_O_OPTIMISATION 9u
#define SMF_O_ARCH 10u
#define SMF_O_FLAGS 11u
#define SMF_O_RESERVED 12u /* 4 bytes of zeros */
#define SMF_OPTIONS_SIZE 16u

/* Envelope overlay of a P128 header. */
#define SMF_ENV_ROLE 60u
#define SMF_ENV_ARCH 61u
#define SMF_ENV_ABI 62u

/* Header flags. Bit 4 means COMPRESSED in R72 and HAS_STUB elsewhere. */
#define SMF_FLAG_EXECUTABLE 0x01u
#define SMF_FLAG_RELOADABLE 0x02u
#define SMF_FLAG_DEBUG_INFO 0x04u
#define SMF_FLAG_PIC 0x08u
#define SMF_FLAG_HAS_STUB 0x10u
#define SMF_FLAG_R72_COMPRESSED 0x10u
#define SMF_FLAG_NOTE_SDN 0x20u
#define SMF_FLAG_ASPECT_PACK 0x40u
#define SMF_FLAG_CANONICAL 0x100u
#define SMF_FLAG_PRELINKED 0x00010000u /* must-know: relocated for the addresses in note.prelink */
#define SMF_FLAG_MUST_KNOW 0x00FE0000u /* none of these is defined yet: any is SMF_ERR_VERSION   */

/* Section entry. T56 and T64a have the alignment as u64 at 32 and the name at 40; T64b u32 and 36. */
#define SMF_T_TYPE 0u
#define SMF_T_FLAGS 4u
#define SMF_T_OFFSET 8u
#define SMF_T_SIZE 16u
#define SMF_T_VIRTUAL_SIZE 24u
#define SMF_T_ALIGNMENT 32u
#define SMF_T_NAME 40u
#define SMF_T64B_NAME 36u
#define SMF_T64A_LINK 56u
#define SMF_T64A_SETTLED 60u
#define SMF_SECTION_NAME_SIZE 16u

/* Section flags. */
#define SMF_SECTION_READ 1u
#define SMF_SECTION_WRITE 2u
#define SMF_SECTION_EXEC 4u
#define SMF_SECTION_COMPRESSED 8u

/* Header field `compression`: the method of all sections that say COMPRESSED. */
#define SMF_COMPRESSION_NONE 0u
#define SMF_COMPRESSION_ZSTD 1u
#define SMF_COMPRESSION_LZ4 2u

/* Symbol entry, S40 and S56 (S52 has a u64 hash at 4 and type, binding, visibility, flags at 12..15). */
#define SMF_S_NAME 0u
#define SMF_S_HASH 4u
#define SMF_S_TYPE 8u
#define SMF_S_BINDING 9u
#define SMF_S_VISIBILITY 10u
#define SMF_S_FLAGS 11u
#define SMF_S52_TYPE 12u
#define SMF_S_VALUE 16u
#define SMF_S_SIZE 24u
#define SMF_S_TYPE_ID 32u
#define SMF_S_VERSION 36u
#define SMF_S56_PARAMETERS 40u /* of a template: u8 */
#define SMF_S56_SECTION 41u
#define SMF_S56_TEMPLATE 48u /* u64: where in its section a template lies */

/* Symbol flags (byte 11). */
#define SMF_SYMBOL_FLAG_TEMPLATE 0x10u
#define SMF_SYMBOL_FLAG_SPECIALIZED 0x20u
/* Canonical files, undefined symbols: the module keeps this symbol's address in a field too narrow for
 * a far address, so if it is a function, every reference but the slots of .got means its stub. */
#define SMF_SYMBOL_FLAG_BY_STUB 0x40u

/* 16-bit section indices of S56 with a meaning of their own. */
#define SMF_INDEX_UNDEFINED 0xFFFFu
#define SMF_INDEX_ABSOLUTE 0xFFFEu

/* Relocation entry. */
#define SMF_R_OFFSET 0u
#define SMF_R_SYMBOL 8u
#define SMF_R_TYPE 12u
#define SMF_R_NUMBER 13u /* u16, with type 0x80 */
#define SMF_R_ADDEND 16u
#define SMF_RELOCATION_PSABI 0x80u
#define SMF_NO_SYMBOL 0xFFFFFFFFu

/* A library of modules (LSM): header, then one entry for each module, then payloads. */
#define SMF_LSM_HEADER_SIZE 128u
#define SMF_LSM_ENTRY_SIZE 128u
#define SMF_LSM_ALIGNMENT 16u  /* of the payloads that we write, so that code can run where it lies */
#define SMF_LSM_OLDER_SHIFT 4u /* older writers' headers are so much longer, and no offset of theirs says so */
#define SMF_LSM_MAJOR 1u       /* byte 4; the minor version, byte 5, is 0 */
#define SMF_LSM_MINOR_AT 5u
#define SMF_LSM_RESERVED 6u
#define SMF_LSM_COUNT 8u
#define SMF_LSM_INDEX_OFFSET 12u
#define SMF_LSM_INDEX_SIZE 20u
#define SMF_LSM_DATA_OFFSET 28u
#define SMF_LSM_HASH 36u
#define SMF_LSM_INDEX_HASH 44u
#define SMF_LSM_FLAGS 52u
#define SMF_LSM_RESERVED_TOO 56u /* to the end */
#define SMF_LSM_SORTED 1u        /* the only flag: names ascend */

/* Entry of a library. The format's document has hash and timestamp where writers have place and size of the object. */
#define SMF_LSM_E_NAME 0u
#define SMF_LSM_E_OFFSET 64u
#define SMF_LSM_E_SIZE 72u
#define SMF_LSM_E_OBJECT_OFFSET 80u
#define SMF_LSM_E_OBJECT_SIZE 88u
#define SMF_LSM_E_HASH 96u
#define SMF_LSM_E_OBJECT_HASH 104u
#define SMF_LSM_E_RESERVED 112u
#define SMF_LSM_E_DOCUMENT_HASH 80u
#define SMF_LSM_E_DOCUMENT_RESERVED 96u

/* platform, header byte 6. */
enum smf_platform {
    SMF_PLATFORM_ANY = 0,
    SMF_PLATFORM_LINUX = 1,
    SMF_PLATFORM_WINDOWS = 2,
    SMF_PLATFORM_MACOS = 3,
    SMF_PLATFORM_FREEBSD = 4,
    SMF_PLATFORM_NONE = 5
};

/* arch, header byte 7. */
enum smf_arch_id {
    SMF_ARCH_X86_64 = 0,
    SMF_ARCH_AARCH64 = 1,
    SMF_ARCH_X86 = 2,
    SMF_ARCH_ARM = 3,
    SMF_ARCH_RISCV64 = 4,
    SMF_ARCH_RISCV32 = 5,
    SMF_ARCH_WASM32 = 6,
    SMF_ARCH_WASM64 = 7
};

/* Who generated a module's code: byte 8 of the compile-options block (SMF_P128_OPTIONS). */
enum smf_backend {
    SMF_BACKEND_AUTO = 0, /* not said */
    SMF_BACKEND_LLVM = 1,
    SMF_BACKEND_CRANELIFT = 2,
    SMF_BACKEND_C = 3,
    SMF_BACKEND_WASM = 4,
    SMF_BACKEND_VHDL = 5,
    SMF_BACKEND_NATIVE = 6,
    SMF_BACKEND_BYL = 7
};

/* Flags of the compile-options block. */
#define SMF_OPTION_DEBUG 1u
#define SMF_OPTION_GC_OFF 2u
#define SMF_OPTION_RELEASE 4u

/* abi, canonical header bytes 104..107; 0 = not recorded. RISC-V: e_flags & 0x1F. */
#define SMF_ABI_X86_64_SYSTEM_V 1u
#define SMF_ABI_X86_64_MICROSOFT 2u
#define SMF_ABI_ARM_SOFT_FLOAT 0x200u
#define SMF_ABI_ARM_HARD_FLOAT 0x400u

/*
 * What a section is. In memory always these values; files of the R family
 * number 6 and above otherwise (SPEC, "Two numberings"): the view translates.
 */
enum smf_section_type {
    SMF_SECTION_CODE = 1,
    SMF_SECTION_DATA = 2,
    SMF_SECTION_RODATA = 3,
    SMF_SECTION_BSS = 4,
    SMF_SECTION_RELOC = 5,
    SMF_SECTION_STRTAB = 6,
    SMF_SECTION_NOTE = 7,
    SMF_SECTION_DEBUG = 8,
    SMF_SECTION_SYMTAB = 9,
    SMF_SECTION_VERSION = 10,
    SMF_SECTION_SRCMAP = 11,
    SMF_SECTION_TEMPLATE_CODE = 12,
    SMF_SECTION_TEMPLATE_META = 13,
    SMF_SECTION_DRIVER_MANIFEST = 14,
    SMF_SECTION_LAUNCH_META = 15,
    SMF_SECTION_ASPECT_DIRECTORY = 16,
    SMF_SECTION_TYPEINFO = 64 /* 9 in R files; no number in P files */
};

/* What a symbol is. In memory always these values (P numbering, with "none" apart). */
enum smf_symbol_type {
    SMF_SYMBOL_FUNCTION = 0,
    SMF_SYMBOL_DATA = 1,
    SMF_SYMBOL_TYPE = 2,
    SMF_SYMBOL_TRAIT = 3,
    SMF_SYMBOL_ACTOR = 4,
    SMF_SYMBOL_CONSTANT = 5,
    SMF_SYMBOL_NONE = 6 /* 0 in R files */
};

enum smf_binding { SMF_BINDING_LOCAL = 0, SMF_BINDING_GLOBAL = 1, SMF_BINDING_WEAK = 2 };

/* Relocation types 1 to 9 of files without psABI numbers. 5 is ABS32 in P files, BRANCH26 in R files. */
enum smf_relocation_type {
    SMF_RELOCATION_NONE = 0,
    SMF_RELOCATION_ABS64 = 1,
    SMF_RELOCATION_PC32 = 2,
    SMF_RELOCATION_PLT32 = 3,
    SMF_RELOCATION_GOTPCREL = 4,
    SMF_RELOCATION_ABS32 = 5,
    SMF_RELOCATION_BRANCH26 = 5,
    SMF_RELOCATION_PAGE21 = 6,
    SMF_RELOCATION_PAGEOFF12 = 7,
    SMF_RELOCATION_GOT_PAGE21 = 8,
    SMF_RELOCATION_GOT_PAGEOFF12 = 9
};

/* Default layout of canonical files: code, read-only and writable sections, each group at the next multiple of this. */
#define SMF_DEFAULT_GROUP_ALIGNMENT 4096u

/* note.module records: {u16 tag, u16 size, bytes, zeros to a multiple of 4}. */
#define SMF_NOTE_MODULE "note.module"
#define SMF_NOTE_DEPS "note.deps"
#define SMF_NOTE_PRELINK "note.prelink"
#define SMF_NOTE_SDN "note.sdn"
#define SMF_NOTE_TAG_NAME 1u
#define SMF_NOTE_TAG_VERSION 2u /* three u16 */
#define SMF_NOTE_TAG_STATE 3u   /* u32 */
#define SMF_NOTE_TAG_WRITER 4u
#define SMF_NOTE_TAG_MUST_KNOW 0x8000u /* unknown tags from here on are refused, below skipped */

#endif
