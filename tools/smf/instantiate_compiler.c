/* SPDX-License-Identifier: MIT */
/* instantiate_compiler.c - whose code `smf instantiate` takes: units as templates bring them, or a compiler's. */
#include <string.h>

#include "instantiate.h"

int smf_command_take_backend(struct smf_command_shop *shop, const char *word, const char *value)
{
    if (strcmp(word, "--debug") == 0 || strcmp(word, "--release") == 0) {
        const enum smf_provider_mode mode = word[2] == 'd' ? SMF_MODE_DEBUG : SMF_MODE_RELEASE;
        if (shop->mode != SMF_MODE_ANY && shop->mode != mode)
            return -smf_command_misused("instantiate", "--debug or --release");
        shop->mode = mode;
        return 1;
    }
    if (strcmp(word, "--fixed-be") != 0)
        return 0;
    if (value == NULL || smf_backend_find(value, &shop->backend) != SMF_OK)
        return -smf_command_misused("instantiate", "--fixed-be takes a backend: llvm, c, native");
    shop->fixed = true;
    return 2;
}

int smf_command_start_compiler(struct smf_command_shop *shop, const char *file)
{
    const struct smf_compiler_options options = {.instantiator = &shop->loaded.workshop.instantiator,
                                                 .fixed_backend = shop->fixed};
    struct smf_diagnosis why;
    memset(&why, 0, sizeof why);
    shop->config = smf_instantiator_defaults();
    enum smf_status status = smf_compiler_choose(shop->backend, shop->mode, shop->fixed, &shop->compiler, &why);
    if (status == SMF_OK)
        status = shop->compiler->create(shop->compiler, &options, &shop->context, &why);
    if (status != SMF_OK) {
        why.status = status;
        return smf_command_refuse(file, &why);
    }
    shop->config.compiler = shop->compiler->units(shop->context);
    return 0;
}

void smf_command_end_compiler(struct smf_command_shop *shop)
{
    if (shop->compiler != NULL)
        shop->compiler->destroy(shop->context);
}

bool smf_command_is_served(const struct smf_command_shop *shop, const char *name)
{
    struct smf_record record;
    struct smf_unit unit;
    bool compiled;
    if (!shop->fixed || shop->config.compiler == NULL)
        return true;
    return smf_instantiator_unit(&shop->loaded.workshop.instantiator, name, &record, &unit, &compiled) == SMF_OK &&
           compiled;
}
