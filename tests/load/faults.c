/* SPDX-License-Identifier: MIT */
/*
 * faults.c - everything that can fail during a load fails once, at each place
 * where it can: the port, the source, the resolver, the progress call, the arena.
 * After each failure nothing may be left (A24), and then the load succeeds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "harness/tap.h"
#include "support/kit.h"
#include "support/module.h"
#include "support/pack.h"

static const struct known known[] = {
    {"puts",  UINT64_C(0x4000101000), SMF_KIND_FUNCTION},
    {"other", UINT64_C(0x4000102000), SMF_KIND_DATA    },
    {"errno", UINT64_C(0x4000103000), SMF_KIND_DATA    }
};

struct file {
    const char *name;
    uint8_t *bytes;
    size_t size;
};

/* A canonical module with all kinds of sections, 3 imports, 40 exports, 100 records; with or without PIC. */
static struct file canonical(bool pic)
{
    static struct kit kit;
    static uint8_t text[64], rodata[20], got[24], data[800], array[16];
    static char names[40][16];
    kit_start(&kit, SMF_ARCH_X86_64);
    kit.writer.header.flags = (pic ? SMF_FLAG_PIC : 0) | SMF_FLAG_EXECUTABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".rodata", SMF_SECTION_RODATA, rodata, sizeof rodata, 4);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, got, sizeof got, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_section(&kit, ".init_array", SMF_SECTION_DATA, array, sizeof array, 8);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 5000, 64);
    kit_local(&kit, ".text", 0, 0);
    kit_local(&kit, ".data", 3, 0);
    kit_stub_import(&kit, "puts", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 48, 8, 0);
    kit_import(&kit, "errno", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_import(&kit, "other", SMF_SYMBOL_DATA, SMF_BINDING_WEAK);
    for (unsigned i = 0; i < 40; i++) {
        names[i][0] = 'e';
        names[i][1] = (char)('0' + i / 10);
        names[i][2] = (char)('0' + i % 10);
        names[i][3] = '\0';
        kit_export(&kit, names[i], i % 2 == 0 ? 0 : 3, i, i % 2 == 0 ? SMF_SYMBOL_FUNCTION : SMF_SYMBOL_DATA);
    }
    kit_relocation(&kit, 0, 4, 4, 2, -4);
    if (!pic) {
        kit_relocation(&kit, 0, 8, 9, 3, -4);  /* GOTPCREL: a slot of the loader's own */
        kit_relocation(&kit, 0, 12, 4, 3, -4); /* PLT32 to an import without a stub    */
    }
    kit_relocation(&kit, 2, 0, 1, 2, 0);
    for (unsigned i = 0; i < 100; i++)
        kit_relocation(&kit, 3, 8 * (uint64_t)i, 1, i % 7 == 0 ? 3 : 1, i);
    kit_relocation(&kit, 4, 0, 1, 0, 16);
    struct file file = {pic ? "canonical" : "canonical without PIC", NULL, 0};
    file.bytes = kit_finish(&kit, &file.size);
    return file;
}

static struct file older(enum forge_layout layout)
{
    struct forged forged;
    const struct forge what = whole_module(layout);
    forge_make(&what, &forged);
    const struct file file = {forge_layout_name(layout), forged.bytes, forged.size};
    return file;
}

/* The same with compressed sections: canonical, and as others write them. */
static struct file packed_canonical(void)
{
    const struct file plain = canonical(true);
    struct file file = {"compressed", NULL, 0};
    file.bytes = pack_module(plain.bytes, plain.size, PACK_ALL, &file.size);
    free(plain.bytes);
    return file;
}

static struct file packed_older(void)
{
    static uint8_t room[1024];
    struct forge_section sections[4];
    struct forge what = whole_module(FORGE_P128_W);
    struct forged forged;
    memcpy(sections, what.sections, sizeof sections);
    pack_sections(sections, 4, PACK_LOADED, room);
    what.sections = sections;
    what.compression = SMF_COMPRESSION_LZ4;
    forge_make(&what, &forged);
    return (struct file){"compressed P128", forged.bytes, forged.size};
}

enum { FILES = 7 };
static struct file files[FILES];

static void make_files(void)
{
    if (files[0].bytes != NULL)
        return;
    files[0] = canonical(true);
    files[1] = canonical(false);
    files[2] = older(FORGE_R72);
    files[3] = older(FORGE_R96);
    files[4] = older(FORGE_P128_W);
    files[5] = packed_canonical();
    files[6] = packed_older();
}

static struct bench bench;

static void start(void)
{
    make_files();
    bench_start(&bench, &smf_arch_x86_64);
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    bench.config.codecs = codecs;
    bench.known = known;
    bench.known_count = 3;
}

/* The state that a failed load must leave as it was. */
struct before {
    size_t room;
    unsigned live;
    uint32_t count;
};

static struct before look(void)
{
    const struct before before = {bench_room(&bench), paper_live(&bench.paper), bench.loader.module_count};
    return before;
}

static void compare(const struct before *before)
{
    CHECK_EQUAL(bench_room(&bench), before->room);
    CHECK_EQUAL(paper_live(&bench.paper), before->live);
    CHECK_EQUAL(bench.loader.module_count, before->count);
    paper_check(&bench.paper);
}

static void a24_each_port_call_fails(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        unsigned at = 1;
        for (;; at++) {
            start();
            bench.paper.fail_at = at;
            bench_open(&bench);
            const enum smf_status status = bench_try(&bench, files[f].bytes, files[f].size);
            bench_end(&bench);
            if (status == SMF_OK || at > 100)
                break;
            CHECK_STATUS(status, at == 1 ? SMF_ERR_NO_MEMORY : SMF_ERR_PROTECT);
        }
        tap_check(at >= 2 && at <= 4, __FILE__, __LINE__, "%s loads when call %u fails", files[f].name, at);
    }
}

static void a24_each_progress_call_cancels(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        unsigned at = 1;
        bench_open(&bench);
        for (;; at++) {
            bench.progress_calls = 0;
            bench.cancel_at = at;
            const enum smf_status status = bench_try(&bench, files[f].bytes, files[f].size);
            if (status == SMF_OK || at > 1000)
                break;
            CHECK_STATUS(status, SMF_ERR_CANCELLED);
            CHECK_EQUAL(bench.why.detail, SMF_DETAIL_CANCELLED);
        }
        CHECK(at > 2 && at < 100);
        bench_end(&bench);
    }
}

static void a24_each_resolver_call_fails(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        unsigned at = 1;
        bench_open(&bench);
        for (;; at++) {
            bench.asked = 0;
            bench.refuse_at = at;
            const enum smf_status status = bench_try(&bench, files[f].bytes, files[f].size);
            if (status == SMF_OK || at > 100)
                break;
            CHECK_STATUS(status, SMF_ERR_BUSY);
            CHECK_EQUAL(bench.why.detail, SMF_DETAIL_RESOLVER);
            CHECK(bench.why.name[0] != '\0');
        }
        CHECK(at >= 2 && at < 10);
        bench_end(&bench);
    }
}

static void a24_each_read_fails(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        unsigned at = 1;
        bench_open(&bench);
        for (;; at++) {
            struct fickle fickle = {.bytes = files[f].bytes, .size = files[f].size, .fail_at = at};
            const struct smf_source source = fickle_source(&fickle);
            const struct before before = look();
            struct smf_module *module = NULL;
            const enum smf_status status = smf_load(&bench.loader, &source, &module, &bench.why);
            CHECK_EQUAL(fickle.outside, 0);
            if (status == SMF_OK) {
                CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
                break;
            }
            compare(&before);
            if (at > 10000)
                break;
        }
        CHECK(at > 5 && at < 1000);
        bench_end(&bench);
    }
}

static void a24_each_arena_size_fails(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        struct smf_needs needs;
        const struct smf_source source = smf_source_memory(files[f].bytes, files[f].size, SMF_STAYS_FOR_LOAD);
        bench_open(&bench);
        CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_OK);
        CHECK_EQUAL(needs.arena_largest, bench_room(&bench));
        const size_t exact = needs.arena_kept + needs.arena_scratch;
        for (size_t size = 0; size <= exact; size += 8) {
            bench.config.arena_size = size;
            bench_open(&bench);
            const struct before before = look();
            const enum smf_status status = bench_try(&bench, files[f].bytes, files[f].size);
            CHECK_STATUS(status, size == exact ? SMF_OK : SMF_ERR_NO_ARENA);
            compare(&before);
        }
        bench_end(&bench);
    }
}

static void regions_are_asked_for_as_measured(void)
{
    for (unsigned f = 0; start(), f < FILES; f++) {
        struct smf_needs needs;
        const struct smf_source source = smf_source_memory(files[f].bytes, files[f].size, SMF_STAYS_FOR_LOAD);
        bench_open(&bench);
        CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_OK);
        CHECK_EQUAL(bench.paper.call_count, 0);
        CHECK_EQUAL(bench.asked, 0);
        CHECK_STATUS(bench_try(&bench, files[f].bytes, files[f].size), SMF_OK);
        CHECK_EQUAL(bench.paper.request_count, needs.region_count);
        for (size_t i = 0; i < needs.region_count; i++) {
            const struct smf_region_request *asked = &bench.paper.requests[i], *measured = &needs.regions[i];
            CHECK(asked->size == measured->size && asked->alignment == measured->alignment &&
                  asked->access == measured->access && asked->highest == measured->highest);
        }
        bench_end(&bench);
    }
}

/* The calls of one load, in order: reserve, synchronise, then protect code and constants, never data. */
static void the_port_is_called_in_order(void)
{
    static const struct {
        enum paper_what what;
        enum smf_access access;
        size_t count;
    } wanted[] = {
        {PAPER_RESERVE, SMF_ACCESS_RW, 3},
        {PAPER_SYNC,    SMF_ACCESS_RX, 1},
        {PAPER_PROTECT, SMF_ACCESS_RX, 1},
        {PAPER_PROTECT, SMF_ACCESS_RO, 1},
        {PAPER_RELEASE, SMF_ACCESS_RW, 3}
    };
    start();
    bench_open(&bench);
    CHECK_STATUS(bench_try(&bench, files[0].bytes, files[0].size), SMF_OK);
    CHECK_EQUAL(bench.paper.call_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(bench.paper.calls[i].what, wanted[i].what);
        CHECK_EQUAL(bench.paper.calls[i].access, wanted[i].access);
        CHECK_EQUAL(bench.paper.calls[i].count, wanted[i].count);
    }
    bench_end(&bench);
}

/* Reload an old module for ever while a younger one stays. */
static void ten_thousand_reloads_do_not_grow(void)
{
    start();
    bench.config.progress = NULL;
    bench_open(&bench);
    struct smf_module *old = bench_load(&bench, files[0].bytes, files[0].size);
    const struct smf_module *young = bench_load(&bench, files[2].bytes, files[2].size);
    const struct before before = look();
    for (unsigned i = 0; i < 10000; i++) {
        struct smf_module *again = NULL;
        const struct smf_source source = smf_source_memory(files[0].bytes, files[0].size, SMF_STAYS_FOR_MODULE);
        if (smf_unload(&bench.loader, old) != SMF_OK ||
            smf_load(&bench.loader, &source, &again, &bench.why) != SMF_OK || again != old) {
            tap_check(0, __FILE__, __LINE__, "cycle %u", i);
            break;
        }
    }
    compare(&before);
    CHECK(young != NULL);
    bench_end(&bench);
}

static const struct tap_case cases[] = {
    {"a24_each_port_call_fails",          a24_each_port_call_fails         },
    {"a24_each_progress_call_cancels",    a24_each_progress_call_cancels   },
    {"a24_each_resolver_call_fails",      a24_each_resolver_call_fails     },
    {"a24_each_read_fails",               a24_each_read_fails              },
    {"a24_each_arena_size_fails",         a24_each_arena_size_fails        },
    {"regions_are_asked_for_as_measured", regions_are_asked_for_as_measured},
    {"the_port_is_called_in_order",       the_port_is_called_in_order      },
    {"ten_thousand_reloads_do_not_grow",  ten_thousand_reloads_do_not_grow },
};
TAP_MAIN(cases)
