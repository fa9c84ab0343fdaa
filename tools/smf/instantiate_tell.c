/* SPDX-License-Identifier: MIT */
/* instantiate_tell.c - what `smf instantiate` says about an instance, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>

#include "generics.h"
#include "inspect.h"
#include "instantiate.h"

static char text[SMF_GENERICS_TEXT];

/* The unit that it was made of; false: nobody knows any more. */
static bool find_unit(struct smf_command_shop *shop, const struct smf_command_made *made, struct smf_record *record,
                      struct smf_unit *unit, bool *compiled)
{
    return smf_instantiator_unit(&shop->loaded.workshop.instantiator, made->instance.name, record, unit, compiled) ==
           SMF_OK;
}

/* Of a module that it was made of; NULL: of the host, or of none that is there. */
static const char *module_name(struct smf_command_shop *shop, uint32_t number)
{
    struct smf_version_information about;
    const struct smf_handle handle = {number};
    return smf_system_information(&shop->loaded.live.system, handle, &about) == SMF_OK ? about.name : NULL;
}

/* ---- For people ---- */

static void tell_unit(struct smf_command_shop *shop, const struct smf_command_made *made)
{
    struct smf_record record;
    struct smf_unit unit;
    bool compiled;
    if (!find_unit(shop, made, &record, &unit, &compiled))
        return;
    if (compiled)
        printf("  compiled    by %s for", shop->compiler->name);
    else
        fputs("  unit       ", stdout);
    for (unsigned i = 0; i < record.parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(&unit, i);
        smf_generics_shape(&shape, text);
        printf("%s%s", i != 0 ? ", " : " ", text);
    }
    const struct smf_generics_counts counts = smf_generics_count(&unit);
    printf(": %" PRIu32 " bytes, %u holes, %u needs, %u imports, %u relocations\n", unit.size, counts.holes,
           counts.needs, counts.imports, unit.relocation_count);
    for (unsigned i = 0; i < unit.symbol_count; i++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(&unit, i);
        const char *hole = smf_generics_hole(&record, &symbol, text);
        if (hole == NULL)
            continue;
        fputs("  hole        ", stdout);
        smf_command_print_name(hole);
        smf_generics_text(smf_record_parameter(&record, symbol.parameter).name, text);
        fputs(" of ", stdout);
        smf_command_print_name(text);
        putchar('\n');
    }
}

static void tell(struct smf_command_shop *shop, const struct smf_command_made *made)
{
    const struct smf_instance *instance = &made->instance;
    smf_command_print_name(made->text);
    fputs("\n  symbol      ", stdout);
    smf_command_print_name(instance->name);
    printf("\n  address     0x%" PRIxPTR "\n  size        %zu bytes%s\n", instance->address, instance->size,
           instance->shared ? ", another instance's" : "");
    tell_unit(shop, made);
    fputs("  made of     ", stdout);
    for (uint32_t i = 0; i < instance->hold_count; i++) {
        const char *name = module_name(shop, instance->holds[i]);
        fputs(i != 0 ? ", " : "", stdout);
        smf_command_print_name(name != NULL ? name : "?");
    }
    printf("\n  took        %.2f microseconds, the median of %u; %.2f the first time\n", (double)made->median / 1000,
           made->rounds, (double)made->first / 1000);
}

/* ---- For programs ---- */

static void put_unit(struct smf_command_shop *shop, const struct smf_command_made *made)
{
    struct smf_record record;
    struct smf_unit unit;
    bool compiled;
    if (!find_unit(shop, made, &record, &unit, &compiled)) {
        fputs(",\n   \"unit\": null", stdout);
        return;
    }
    fputs(",\n   ", stdout);
    smf_json_word("compiler", compiled ? shop->compiler->name : NULL);
    fputs(",\n   \"unit\": ", stdout);
    smf_inspect_json_unit(&record, &unit);
}

static void put(struct smf_command_shop *shop, const struct smf_command_made *made)
{
    const struct smf_instance *instance = &made->instance;
    printf("%s\n  {", shop->told != 0 ? "," : "");
    smf_json_word("instance", made->text);
    fputs(", ", stdout);
    smf_json_word("symbol", instance->name);
    printf(", \"address\": \"0x%" PRIxPTR "\", \"size\": %zu, \"shared\": %s,\n   \"made_of\": [", instance->address,
           instance->size, instance->shared ? "true" : "false");
    for (uint32_t i = 0; i < instance->hold_count; i++) {
        fputs(i != 0 ? ", " : "", stdout);
        const char *name = module_name(shop, instance->holds[i]);
        smf_json_string(name != NULL ? name : "?");
    }
    printf("], \"nanoseconds\": %" PRId64 ", \"rounds\": %u, \"first_nanoseconds\": %" PRId64, made->median,
           made->rounds, made->first);
    put_unit(shop, made);
    putchar('}');
}

void smf_command_tell_start(const struct smf_command_shop *shop)
{
    if (shop->json)
        putchar('[');
}

void smf_command_tell(struct smf_command_shop *shop, const struct smf_command_made *made)
{
    if (shop->json)
        put(shop, made);
    else
        tell(shop, made);
    shop->told++;
}

void smf_command_tell_end(const struct smf_command_shop *shop)
{
    if (shop->json)
        printf("%s]\n", shop->told != 0 ? "\n" : "");
}
