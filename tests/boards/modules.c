/* SPDX-License-Identifier: MIT */
/*
 * modules.c - the C sources of tests/corpus as modules, made by smf_add_module() and loaded out of flash through the
 * board's port, plain and compressed, beside the same sources linked into this firmware: all have to answer the same. Then where things lie:
 * names and code as close or as far as the memory map has them, reached through stubs and slots.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "smf/smf.h"

/* What the sources import. */
int corpus_imported(int value);
int corpus_imported(int value) { return 3 * value + 1; }
extern int corpus_number;
int corpus_number = 42;

#define MODULE(name)                                                                                                   \
    extern const uint8_t name##_file[], name##_file_end[], name##_packed[], name##_packed_end[];                       \
    int name##_run(void);
SMF_TEST_MODULES
#undef MODULE

static const struct subject {
    const char *name, *function;
    const uint8_t *file, *end, *packed, *packed_end;
    int (*linked)(void);
} subjects[] = {
#define MODULE(name) {#name, #name "_run", name##_file, name##_file_end, name##_packed, name##_packed_end, name##_run},
    SMF_TEST_MODULES
#undef MODULE
};

static struct smf_loader loader;
static uint8_t arena[1 << 14];

/* The run-time ABI for the Arm architecture has another order of arguments. */
static void aeabi_memset(void *to, size_t size, int value) { memset(to, value, size); }
static void aeabi_memclr(void *to, size_t size) { memset(to, 0, size); }

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    static const struct {
        const char *name;
        uintptr_t address;
        enum smf_kind kind;
    } known[] = {
        {"corpus_imported", (uintptr_t)corpus_imported, SMF_KIND_FUNCTION},
        {"corpus_number",   (uintptr_t)&corpus_number,  SMF_KIND_DATA    },
        {"printf",          (uintptr_t)printf,          SMF_KIND_FUNCTION},
        {"memcpy",          (uintptr_t)memcpy,          SMF_KIND_FUNCTION},
        {"memmove",         (uintptr_t)memmove,         SMF_KIND_FUNCTION},
        {"memset",          (uintptr_t)memset,          SMF_KIND_FUNCTION},
        {"abort",           (uintptr_t)abort,           SMF_KIND_FUNCTION},
        {"__aeabi_memcpy",  (uintptr_t)memcpy,          SMF_KIND_FUNCTION},
        {"__aeabi_memcpy4", (uintptr_t)memcpy,          SMF_KIND_FUNCTION},
        {"__aeabi_memcpy8", (uintptr_t)memcpy,          SMF_KIND_FUNCTION},
        {"__aeabi_memset",  (uintptr_t)aeabi_memset,    SMF_KIND_FUNCTION},
        {"__aeabi_memset4", (uintptr_t)aeabi_memset,    SMF_KIND_FUNCTION},
        {"__aeabi_memset8", (uintptr_t)aeabi_memset,    SMF_KIND_FUNCTION},
        {"__aeabi_memclr",  (uintptr_t)aeabi_memclr,    SMF_KIND_FUNCTION},
        {"__aeabi_memclr4", (uintptr_t)aeabi_memclr,    SMF_KIND_FUNCTION},
        {"__aeabi_memclr8", (uintptr_t)aeabi_memclr,    SMF_KIND_FUNCTION},
    };
    (void)context;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(request->name, known[i].name) == 0) {
            answer->address = known[i].address;
            answer->kind = known[i].kind;
            return SMF_OK;
        }
    return SMF_ERR_NOT_FOUND;
}

static void begin(void)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    const struct smf_config config = {
        .port = board_port(), .arena = arena, .arena_size = sizeof arena, .resolve = resolve, .codecs = codecs};
    CHECK(config.port != NULL);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
}

static struct smf_module *load(const struct subject *subject, bool packed)
{
    const uint8_t *const file = packed ? subject->packed : subject->file;
    const uint8_t *const end = packed ? subject->packed_end : subject->end;
    const struct smf_source source = smf_source_memory(file, (size_t)(end - file), SMF_STAYS_FOR_MODULE);
    struct smf_module *module = NULL;
    struct smf_diagnosis why = {0};
    char line[200];
    const enum smf_status status = smf_load(&loader, &source, &module, &why);
    if (status != SMF_OK) {
        smf_diagnosis_format(&why, line, sizeof line);
        tap_note("%s: %s", subject->name, line);
    }
    CHECK_STATUS(status, SMF_OK);
    return module;
}

enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

/* What the linked one answers: asked once, because some of them count on. */
static int answer_of(size_t subject)
{
    static int answers[SUBJECTS];
    static bool asked[SUBJECTS];
    if (!asked[subject]) {
        corpus_number = 42;
        answers[subject] = subjects[subject].linked();
        asked[subject] = true;
    }
    return answers[subject];
}

static void compare_answers(bool packed)
{
    begin();
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct smf_module *const module = load(&subjects[i], packed);
        if (module == NULL)
            continue;
        tap_variant("module=%s", subjects[i].name);
        smf_module_start(module);
        int (*const function)(void) = (int (*)(void))smf_function(module, subjects[i].function);
        CHECK(function != NULL);
        corpus_number = 42; /* some of them count on in it */
        const int found = function != NULL ? function() : 0;
        CHECK_EQUAL(found, answer_of(i));
        smf_module_stop(module);
    }
    smf_loader_finish(&loader);
}

static void answers_as_linked(void) { compare_answers(false); }

/* Out of flash as LZ4 blocks, into the memory that the board has for modules. */
static void compressed_ones_answer_the_same(void)
{
    size_t plain = 0, packed = 0;
    for (size_t i = 0; i < SUBJECTS; i++) {
        plain += (size_t)(subjects[i].end - subjects[i].file);
        packed += (size_t)(subjects[i].packed_end - subjects[i].packed);
    }
    tap_note("%u bytes of modules, %u compressed", (unsigned)plain, (unsigned)packed);
    CHECK(packed < plain);
    compare_answers(true);
}

/* Names are not copied, and code is: the modules' memory is what the linker script set aside for it. */
static void lies_where_it_should(void)
{
    begin();
    const struct smf_module *const module = load(&subjects[0], false);
    if (module != NULL) {
        size_t count = 0;
        const struct smf_region *const regions = smf_module_regions(module, &count);
        for (size_t i = 0; i < count; i++) {
            const enum smf_access access = regions[i].access;
            const uint8_t *const first = access == SMF_ACCESS_RX   ? smf_code_start
                                         : access == SMF_ACCESS_RO ? smf_rodata_start
                                                                   : smf_data_start;
            const uint8_t *const end = access == SMF_ACCESS_RX   ? smf_code_end
                                       : access == SMF_ACCESS_RO ? smf_rodata_end
                                                                 : smf_data_end;
            CHECK(regions[i].address >= (uintptr_t)first && regions[i].address + regions[i].size <= (uintptr_t)end);
        }
        const char *name = NULL;
        struct smf_found found;
        CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_OK);
        CHECK((uintptr_t)name >= (uintptr_t)subjects[0].file && (uintptr_t)name < (uintptr_t)subjects[0].end);
    }
    smf_loader_finish(&loader);
}

/* Cortex-M: no branch reaches from flash to RAM or back, and nothing was compiled with -mlong-calls. */
static void calls_over_any_distance(void)
{
    enum { REACH = 1 << 24 }; /* of BL, Armv7-M ARM A7.7.18 */
    begin();
    const struct smf_module *const module = load(&subjects[0], false);
    const uintptr_t there = module == NULL ? 0 : (uintptr_t)smf_function(module, subjects[0].function);
    const uintptr_t here = (uintptr_t)corpus_imported;
    const uintptr_t distance = there > here ? there - here : here - there;
    tap_note("a module's function lies %lu KiB from the function that it calls", (unsigned long)(distance >> 10));
#if defined(__arm__)
    CHECK(distance > REACH);
#endif
    CHECK(there != 0);
    smf_loader_finish(&loader);
}

static const struct tap_case cases[] = {
    {"answers_as_linked",               answers_as_linked              },
    {"compressed_ones_answer_the_same", compressed_ones_answer_the_same},
    {"lies_where_it_should",            lies_where_it_should           },
    {"calls_over_any_distance",         calls_over_any_distance        },
};
TAP_MAIN(cases)
