/* SPDX-License-Identifier: MIT */
/* header.c - stage HEADER: may this machine run the module at all (decision 19; SPEC, "abi", "cpu"). */
#include "image/codec.h"
#include "load/load.h"

/* Tag_CPU_arch values of the M profile (Addenda to, and Errata in, the ABI for the Arm Architecture), and for each
 * the set of those whose code it runs. */
enum {
    CPU_V7 = 10,
    CPU_V6_M = 11,
    CPU_V6S_M = 12,
    CPU_V7E_M = 13,
    CPU_V8_M_BASE = 16,
    CPU_V8_M_MAIN = 17,
    CPU_V81_M_MAIN = 21
};

static uint32_t runs_code_of(uint32_t cpu_arch)
{
    const uint32_t v6_m = 1u << CPU_V6_M | 1u << CPU_V6S_M;
    const uint32_t v7_m = v6_m | 1u << CPU_V7, v7e_m = v7_m | 1u << CPU_V7E_M;
    const uint32_t v8_m_main = v7e_m | 1u << CPU_V8_M_BASE | 1u << CPU_V8_M_MAIN;
    switch (cpu_arch) {
    case CPU_V6_M:
    case CPU_V6S_M:
        return v6_m;
    case CPU_V7:
        return v7_m;
    case CPU_V7E_M:
        return v7e_m;
    case CPU_V8_M_BASE:
        return v6_m | 1u << CPU_V8_M_BASE;
    case CPU_V8_M_MAIN:
        return v8_m_main;
    case CPU_V81_M_MAIN:
        return v8_m_main | 1u << CPU_V81_M_MAIN;
    default: /* other profiles: only their own */
        return cpu_arch < 32 ? 1u << cpu_arch : 0;
    }
}

/* Tag_FP_arch: odd values have 32 double registers, the even one after it the same with 16. A newer one has all of an older. */
static bool has_fp(uint32_t machine, uint32_t file)
{
    if (file == 0)
        return true;
    if (machine == 0)
        return false;
    const bool file_d16 = file >= 4 && (file & 1) == 0, machine_d16 = machine >= 4 && (machine & 1) == 0;
    if (file < 3)
        return machine >= file;
    return (machine + 1) / 2 >= (file + 1) / 2 && (file_d16 || !machine_d16);
}

static bool arm_runs(uint32_t machine, uint32_t file)
{
    const uint32_t arch = file & 0xFF;
    if (arch != 0 && (arch >= 32 || (runs_code_of(machine & 0xFF) >> arch & 1) == 0))
        return false;
    return has_fp(machine >> 8 & 0xFF, file >> 8 & 0xFF) && (file >> 16 & 0xFF) <= (machine >> 16 & 0xFF);
}

static bool machine_runs(unsigned arch, uint32_t machine, uint32_t file)
{
    return arch == SMF_ARCH_ARM ? arm_runs(machine, file) : (file & ~machine) == 0;
}

/* Who decompresses this file's sections: found before anything is reserved. */
static enum smf_status find_codec(struct load *load)
{
    struct smf_image *image = &load->image;
    const struct smf_codec *const *codecs = load->loader->config.codecs;
    if (codecs != NULL && codecs[0] != NULL && codecs[0]->rules != NULL)
        load->codec = codecs[0]->rules->choose(image, codecs);
    if (load->codec != NULL)
        return SMF_OK;
    load->why->index = image->packed_section;
    return smf_fail(load->why, SMF_DETAIL_COMPRESSED_SECTION, image->header.position + SMF_P128_COMPRESSION,
                    image->header.compression, 0);
}

enum smf_status smf_load_header(struct load *load)
{
    const struct smf_config *config = &load->loader->config;
    const struct smf_header *header = &load->image.header;
    const size_t at = header->position;
    if (header->arch != load->arch->id)
        return smf_fail(load->why, SMF_DETAIL_OTHER_ARCH, at + SMF_H_ARCH, header->arch, load->arch->id);
    if (header->canonical && (header->flags & SMF_FLAG_PRELINKED) != 0 && config->in_place == NULL)
        return smf_fail(load->why, SMF_DETAIL_PRELINKED, at + SMF_H_FLAGS, header->flags, 0);
    if (config->platform != SMF_PLATFORM_ANY && header->platform != SMF_PLATFORM_ANY &&
        header->platform != (unsigned)config->platform)
        return smf_fail(load->why, SMF_DETAIL_OTHER_PLATFORM, at + SMF_H_PLATFORM, header->platform,
                        (unsigned)config->platform);
    if (config->abi != 0 && header->abi != 0 && header->abi != config->abi)
        return smf_fail(load->why, SMF_DETAIL_OTHER_ABI, at + SMF_P128_ABI, header->abi, config->abi);
    if (config->cpu != 0 && header->cpu != 0 && !machine_runs(header->arch, config->cpu, header->cpu))
        return smf_fail(load->why, SMF_DETAIL_OTHER_CPU, at + SMF_P128_CPU, header->cpu, config->cpu);
    return load->image.packed_section != SMF_NO_SYMBOL ? find_codec(load) : SMF_OK;
}
