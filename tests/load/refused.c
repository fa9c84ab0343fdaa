/* SPDX-License-Identifier: MIT */
/* refused.c - see refused.h. */
#include "load/refused.h"

#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/holds.h"

/* Details that the load floor owns: numbers 32 to 47 within their status. */
static struct {
    const char *name;
    int number, detail;
    bool seen;
} details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, number, SMF_DETAIL_##name, false},
#define SMF_DETAILS_WITHOUT_TEMPLATES /* tests/generic */
#include "smf/details.def"
#undef SMF_DETAILS_WITHOUT_TEMPLATES
#undef SMF_DETAIL_ENTRY
};

void saw(int detail)
{
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (details[i].detail == detail)
            details[i].seen = true;
}

struct kit kit;
struct bench bench;
uint8_t text[64], data[64];

const struct known known[4] = {
    {"near", UINT64_C(0x4000123456),     SMF_KIND_FUNCTION},
    {"far",  UINT64_C(0x7FFF00000000),   SMF_KIND_FUNCTION},
    {"even", UINT64_C(0x20001000),       SMF_KIND_FUNCTION},
    {"wide", UINT64_C(0x123456789ABCD0), SMF_KIND_DATA    }
};

void start(const struct smf_arch *arch)
{
    memset(text, 0, sizeof text);
    kit_start(&kit, arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    bench_start(&bench, arch);
    bench.known = known;
    bench.known_count = sizeof known / sizeof known[0];
}

void check_bytes(const uint8_t *bytes, size_t size, int wanted, int line)
{
    bench_open(&bench);
    const enum smf_status status = bench_try(&bench, bytes, size);
    const int found = status == SMF_OK ? SMF_DETAIL_NONE : (int)bench.why.detail;
    tap_check(found == wanted, __FILE__, line, "detail %d, wanted %d", found, wanted);
    saw(found);
    bench_end(&bench);
}

void check(int wanted, int line)
{
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    check_bytes(file, size, wanted, line);
    free(file);
}

uint32_t import(const char *name) { return kit_import(&kit, name, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL); }

void every_detail_was_seen(void)
{
    must_hold(&smf_arch_x86_64); /* most are fired by modules of 64-bit machines */
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        if (details[i].number < 32 || details[i].number > 47 || details[i].seen)
            continue;
        if (details[i].detail == SMF_DETAIL_MPU_RAM) /* a port's: the last number of the status that was free */
            continue;
        if (details[i].detail == SMF_DETAIL_TOO_LARGE && sizeof(size_t) == 8)
            tap_note("TOO_LARGE needs a 32-bit machine: modules of 64-bit ones are bounded by SMF_MEMORY_MAX_LOG2");
        else if (details[i].detail == SMF_DETAIL_NAMES_TOO_LARGE)
            tap_note("NAMES_TOO_LARGE needs 512 MiB of names, or 4 million symbols: no test has such a file");
        else if (details[i].detail == SMF_DETAIL_KEEP_MAX || details[i].detail == SMF_DETAIL_KEEP_POINTERS ||
                 details[i].detail == SMF_DETAIL_KEEP_PLACE || details[i].detail == SMF_DETAIL_DIRECT_DATA ||
                 details[i].detail == SMF_DETAIL_REFER || details[i].detail == SMF_DETAIL_REFER_ALIGNMENT)
            tap_note("%s needs config.rebinding: load/rebinding has it", details[i].name);
        else if (details[i].detail == SMF_DETAIL_NOT_LATER)
            tap_note("NOT_LATER needs a resolver that says so: load/later has it");
        else if (details[i].detail == SMF_DETAIL_NO_CHECKS)
            tap_note("NO_CHECKS needs a core without them: load/small has it");
        else
            tap_check(0, __FILE__, __LINE__, "%s was never seen", details[i].name);
    }
}
