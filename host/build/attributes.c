/* SPDX-License-Identifier: MIT */
/*
 * attributes.c - what machine an object is for, how it passes arguments, and
 * which instructions it uses: the header's arch, abi and cpu.
 *
 * RISC-V: e_flags and Tag_RISCV_arch (psABI, "Attributes"). Arm: Tag_CPU_arch,
 * Tag_FP_arch, Tag_MVE_arch, Tag_ABI_VFP_args ("Addenda to the ABI", build
 * attributes). The section is a vendor's list of tagged values.
 */
#include "build.h"

#include <string.h>

#define ARM_ATTRIBUTES 0x70000003u
#define TAG_FILE 1u

/* What the attributes of one object say. */
struct traits {
    uint32_t abi, cpu;
    bool abi_known;
    bool attributes; /* there are any */
};

struct reader {
    const uint8_t *at, *end;
};

static uint32_t get_uleb(struct reader *reader)
{
    uint32_t value = 0;
    for (unsigned shift = 0; reader->at < reader->end; shift += 7) {
        const uint8_t byte = *reader->at++;
        if (shift < 32)
            value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

static const char *get_text(struct reader *reader)
{
    const char *text = (const char *)reader->at;
    const uint8_t *end = memchr(reader->at, 0, (size_t)(reader->end - reader->at));
    if (end == NULL) {
        reader->at = reader->end;
        return "";
    }
    reader->at = end + 1;
    return text;
}

/* "rv64i2p1_m2p0_zicsr2p0" -> the single letters, as in misa. */
static uint32_t misa_letters(const char *text)
{
    uint32_t letters = 0;
    if (strncmp(text, "rv", 2) != 0)
        return 0;
    text += 2;
    text += strspn(text, "0123456789");
    for (; *text != '\0'; text++) {
        if (*text == '_')
            continue;
        if (*text == 'z' || *text == 's' || *text == 'x') { /* a long name, up to the next underscore */
            text += strcspn(text, "_");
            if (*text == '\0')
                break;
            continue;
        }
        if (*text >= 'a' && *text <= 'y')
            letters |= *text == 'g' ? 1u << 8 | 1u << 12 | 1u << 0 | 1u << 5 | 1u << 3 : 1u << (*text - 'a');
        const size_t digits = strspn(text + 1, "0123456789");
        if (digits != 0 && text[1 + digits] == 'p')
            text += digits + 1 + strspn(text + 2 + digits, "0123456789");
        else
            text += digits;
    }
    return letters;
}

static void take_riscv(struct reader *reader, struct traits *traits)
{
    while (reader->at < reader->end) {
        const uint32_t tag = get_uleb(reader);
        if (tag == 5) /* Tag_RISCV_arch */
            traits->cpu |= misa_letters(get_text(reader));
        else if (tag % 2 != 0)
            get_text(reader);
        else
            get_uleb(reader);
    }
}

static void take_arm(struct reader *reader, struct traits *traits)
{
    uint32_t arguments = 0, number_model = 0;
    traits->attributes = true;
    while (reader->at < reader->end) {
        const uint32_t tag = get_uleb(reader);
        if (tag == 4 || tag == 5 || tag == 65 || tag == 67) { /* CPU_raw_name, CPU_name, also_compatible, conformance */
            get_text(reader);
            continue;
        }
        if (tag == 32) { /* compatibility: a number and a name */
            get_uleb(reader);
            get_text(reader);
            continue;
        }
        if (tag > 32 && tag % 2 != 0) {
            get_text(reader);
            continue;
        }
        const uint32_t value = get_uleb(reader);
        if (tag == 6)
            traits->cpu |= value & 0xFF;
        else if (tag == 10)
            traits->cpu |= (value & 0xFF) << 8;
        else if (tag == 48)
            traits->cpu |= (value & 0xFF) << 16;
        else if (tag == 23)
            number_model = value;
        else if (tag == 28)
            arguments = value;
    }
    /* Without Tag_ABI_FP_number_model no floating point is passed; 3 goes with both. */
    traits->abi = arguments == 1 ? SMF_ABI_ARM_HARD_FLOAT : SMF_ABI_ARM_SOFT_FLOAT;
    traits->abi_known = arguments == 1 || (arguments == 0 && number_model != 0);
}

/* 'A', then for each vendor: u32 size, name, then for each scope: uleb tag, u32 size, attributes. */
static void read_attributes(const uint8_t *bytes, size_t size, bool arm, struct traits *traits)
{
    struct reader reader = {bytes + 1, bytes + size};
    if (size < 1 || bytes[0] != 'A')
        return;
    while (reader.end - reader.at >= 4) {
        uint32_t length = 0;
        memcpy(&length, reader.at, 4);
        if (length < 4 || length > (size_t)(reader.end - reader.at))
            return;
        struct reader vendor = {reader.at + 4, reader.at + length};
        reader.at += length;
        if (strcmp(get_text(&vendor), arm ? "aeabi" : "riscv") != 0)
            continue;
        while (vendor.end - vendor.at >= 5) {
            const uint8_t *start = vendor.at;
            const uint32_t scope = get_uleb(&vendor);
            if (vendor.end - vendor.at < 4)
                return;
            memcpy(&length, vendor.at, 4);
            if (length < (size_t)(vendor.at - start) + 4 || length > (size_t)(vendor.end - start))
                return;
            struct reader tags = {vendor.at + 4, start + length};
            vendor.at = start + length;
            if (scope == TAG_FILE && arm)
                take_arm(&tags, traits);
            else if (scope == TAG_FILE)
                take_riscv(&tags, traits);
        }
    }
}

/* Order of Arm's architectures as far as M profiles go; the numbers are not in order. */
static unsigned arm_rank(uint32_t arch)
{
    static const uint8_t order[] = {11, 12, 10, 13, 16, 17, 21};
    for (unsigned i = 0; i < sizeof order; i++)
        if (order[i] == arch)
            return i + 100;
    return arch; /* all others are older or of other profiles */
}

static uint32_t larger(uint32_t left, uint32_t right) { return left > right ? left : right; }

static void merge_cpu(struct build *build, uint32_t cpu)
{
    if (build->machine != EM_ARM) {
        build->cpu |= cpu;
        return;
    }
    const uint32_t arch =
        arm_rank(build->cpu & 0xFF) >= arm_rank(cpu & 0xFF) || (cpu & 0xFF) == 0 ? build->cpu & 0xFF : cpu & 0xFF;
    build->cpu = arch | larger(build->cpu & 0xFF00, cpu & 0xFF00) | larger(build->cpu & 0xFF0000, cpu & 0xFF0000);
    /* ARMv6-M, v6S-M and v8-M Baseline cannot do what the usual stub does. */
    const bool small = arch == 11 || arch == 12 || arch == 16;
    build->stub = small && build->arch->small_stub != NULL ? build->arch->small_stub : build->arch->stub;
}

static const char *abi_text(struct build *build, uint32_t abi)
{
    if (build->machine == EM_ARM)
        return abi == SMF_ABI_ARM_HARD_FLOAT ? "hard-float calls" : "soft-float calls";
    if (build->machine == EM_X86_64)
        return abi == SMF_ABI_X86_64_MICROSOFT ? "Microsoft's calls" : "System V calls";
    static const char *const floats[] = {"soft-float", "single-float", "double-float", "quad-float"};
    return pool_text(&build->pool, "%s%s calls", floats[abi >> 1 & 3], (abi & 8) != 0 ? ", RVE" : "");
}

static bool merge_abi(struct build *build, const struct object *object, const struct traits *traits)
{
    /* Code that passes no floating point follows the base standard, until somebody says more. */
    if (traits->attributes && !traits->abi_known && build->abi == 0)
        build->abi = traits->abi;
    if (!traits->abi_known)
        return true;
    const uint32_t free_bits = build->machine == EM_RISCV ? 0x11 : 0; /* RVC and TSO mix with anything */
    if (build->abi_known && ((build->abi ^ traits->abi) & ~free_bits) != 0)
        return build_fail(build, object->name, "built for %s, what stands before it for %s",
                          abi_text(build, traits->abi), abi_text(build, build->abi));
    build->abi = build->abi_known ? build->abi | traits->abi : traits->abi;
    build->abi_known = true;
    return true;
}

static const struct smf_arch *family(const GElf_Ehdr *header)
{
    const bool wide = header->e_ident[EI_CLASS] == ELFCLASS64;
    switch (header->e_machine) {
    case EM_X86_64:
        return wide ? &smf_arch_x86_64 : NULL;
    case EM_AARCH64:
        return wide ? &smf_arch_aarch64 : NULL;
    case EM_RISCV:
        return wide ? &smf_arch_riscv64 : &smf_arch_riscv32;
    case EM_ARM:
        return wide ? NULL : &smf_arch_arm;
    default:
        return NULL;
    }
}

static const char *arch_name(const struct smf_arch *arch)
{
    static const char *const names[] = {"x86_64", "aarch64", "x86", "arm", "riscv64", "riscv32"};
    return names[arch->id];
}

/* What the caller wants, if anything, has to be one that there is: else each object would be for another. */
static bool check_wanted(struct build *build)
{
    static const char *const names[] = {"x86_64", "aarch64", "riscv64", "riscv32", "arm"};
    const char *wanted = build->options->arch;
    for (size_t i = 0; wanted != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(wanted, names[i]) == 0)
            return true;
    return wanted == NULL ||
           build_fail(build, NULL, "architecture '%s' is none of x86_64 aarch64 riscv64 riscv32 arm", wanted);
}

bool build_check_machine(struct build *build, struct object *object)
{
    GElf_Ehdr header;
    if (!check_wanted(build))
        return false;
    if (gelf_getehdr(object->elf, &header) == NULL)
        return build_fail(build, object->name, "%s", elf_errmsg(-1));
    if (header.e_type != ET_REL)
        return build_fail(build, object->name, "not a relocatable object (e_type %u)", (unsigned)header.e_type);
    const struct smf_arch *arch = family(&header);
    if (arch == NULL || header.e_ident[EI_DATA] != ELFDATA2LSB)
        return build_fail(build, object->name, "for a machine that modules do not run on (e_machine %u, class %u)",
                          (unsigned)header.e_machine, (unsigned)header.e_ident[EI_CLASS]);
    const char *wanted = build->options->arch;
    if (build->arch != NULL ? build->arch != arch : wanted != NULL && strcmp(wanted, arch_name(arch)) != 0)
        return build_fail(build, object->name, "built for %s, not for %s", arch_name(arch),
                          build->arch != NULL ? arch_name(build->arch) : wanted);
    build->arch = arch;
    build->machine = header.e_machine;
    build->elf_flags |= header.e_flags;
    if (build->stub == NULL)
        build->stub = arch->stub;
    struct traits traits = {0};
    if (header.e_machine == EM_X86_64)
        traits.abi = build->said_abi != 0 ? build->said_abi : build_recorded_convention(object);
    if (header.e_machine == EM_X86_64)
        traits.abi_known = traits.abi != 0;
    else if (header.e_machine == EM_RISCV)
        traits = (struct traits){.abi = header.e_flags & 0x1F, .abi_known = true};
    for (Elf_Scn *section = elf_nextscn(object->elf, NULL); section != NULL;
         section = elf_nextscn(object->elf, section)) {
        GElf_Shdr entry;
        if (gelf_getshdr(section, &entry) == NULL || entry.sh_type != ARM_ATTRIBUTES ||
            (header.e_machine != EM_ARM && header.e_machine != EM_RISCV))
            continue;
        const Elf_Data *data = elf_rawdata(section, NULL);
        if (data != NULL && data->d_buf != NULL)
            read_attributes(data->d_buf, data->d_size, header.e_machine == EM_ARM, &traits);
    }
    if (header.e_machine == EM_ARM || header.e_machine == EM_RISCV)
        merge_cpu(build, traits.cpu);
    return build_check_helper(build, object) && merge_abi(build, object, &traits);
}
