/* SPDX-License-Identifier: MIT */
/*
 * attacks.c - modules that are cut at every byte, and that have every bit turned, one at a time, through every call
 * that looks into one: whatever is answered, nothing is read outside (the address sanitizer sees it), units lie in
 * what they were given of, and nothing stays out.
 */
#include <stdlib.h>
#include <string.h>

#include "provider/stock.h"

static unsigned accepted, refused;

static int look_at_unit(void *context, const struct smf_code_unit *unit)
{
    unsigned sum = 0;
    size_t length = strlen(unit->name);
    for (size_t i = 0; i < unit->size; i++)
        sum += unit->bytes[i];
    *(unsigned *)context += sum + (unsigned)length;
    CHECK(unit->size > 0 && unit->size <= 64);
    return 0;
}

static int look_at_row(void *context, const struct smf_dependency *row)
{
    *(unsigned *)context += (unsigned)strlen(row->name);
    return 0;
}

static void count(enum smf_status status) { ++*(status == SMF_OK ? &accepted : &refused); }

/* Everything that looks at the module "alpha". */
static void try_all(void)
{
    struct smf_provider *provider = &stock.provider;
    struct smf_source source = {.size = 0};
    struct smf_metadata metadata;
    struct smf_code_unit unit;
    uint8_t code[64];
    unsigned sum = 0;
    enum smf_status status = smf_provider_bytes(provider, "alpha", &source, NULL);
    count(status);
    if (status == SMF_OK)
        stock_give_back(&source);
    status = smf_provider_object(provider, "alpha", &source, NULL);
    count(status);
    if (status == SMF_OK)
        stock_give_back(&source);
    count(smf_provider_code(provider, "alpha", "alpha_second", &unit, code, sizeof code, NULL));
    count(smf_provider_walk_code(provider, "alpha", look_at_unit, &sum, NULL, NULL));
    count(smf_provider_metadata(provider, "alpha", &metadata, NULL));
    count(smf_provider_walk_dependencies(provider, "alpha", look_at_row, &sum, NULL, NULL));
    CHECK_EQUAL(stock_statistics().held, 0);
    CHECK(smf_provider_invalidate(provider, NULL) <= 2 && stock_out() == 0);
}

static void begin(bool positional, bool compressed)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    accepted = refused = 0;
    stock_start();
    stock.shelves[0].positional = positional;
    stock.config.codecs = codecs;
    stock_make(0, "alpha",
               &(const struct stock_recipe){
                   .value = 5, .needs = "beta", .relocations = true, .backend = 1, .compressed = compressed});
    stock_open();
    try_all();
    CHECK(accepted == 6 && refused == 0);
}

static void cut_at_every_byte(void)
{
    for (unsigned positional = 0; positional < 2; positional++) {
        begin(positional != 0, false);
        struct stock_file *file = stock_file(0, "alpha");
        uint8_t *const whole = file->bytes;
        const size_t size = file->size;
        for (size_t length = 0; length < size; length++) {
            tap_variant("length=%zu positional=%u", length, positional);
            file->bytes = malloc(length + (length == 0)); /* exactly as long: the sanitizer sees a byte more */
            CHECK(file->bytes != NULL);
            if (file->bytes == NULL)
                break;
            memcpy(file->bytes, whole, length);
            file->size = length;
            try_all();
            free(file->bytes);
        }
        file->bytes = whole;
        file->size = size;
        CHECK(accepted == 6 && refused == 6 * size); /* a header stands at the end */
        stock_end();
    }
    tap_variant("%s", "");
}

static void every_bit_turned(bool positional, bool compressed)
{
    begin(positional, compressed);
    struct stock_file *file = stock_file(0, "alpha");
    for (size_t bit = 0; bit < 8 * file->size; bit++) {
        tap_variant("bit=%zu positional=%d compressed=%d", bit, (int)positional, (int)compressed);
        file->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try_all();
        file->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    tap_variant("%s", "");
    CHECK(accepted > 1000 && refused > 1000);
    stock_end();
}

static void every_bit_of_an_addressable_module(void) { every_bit_turned(false, false); }
static void every_bit_of_a_positional_module(void) { every_bit_turned(true, false); }
static void every_bit_of_a_compressed_module(void) { every_bit_turned(false, true); }

static const struct tap_case cases[] = {
    {"cut_at_every_byte",                  cut_at_every_byte                 },
    {"every_bit_of_an_addressable_module", every_bit_of_an_addressable_module},
    {"every_bit_of_a_positional_module",   every_bit_of_a_positional_module  },
    {"every_bit_of_a_compressed_module",   every_bit_of_a_compressed_module  },
};
TAP_MAIN(cases)
