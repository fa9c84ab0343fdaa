/* SPDX-License-Identifier: MIT */
/*
 * later.c - imports that are made when everything else of the module is
 * relocated: when config.later is asked, what its answers mean, and every way in
 * which it can fail. That every form of reference then holds what it should is
 * shown by load/relocated, for each machine.
 */
#include <stdlib.h>
#include <string.h>

#include "support/holds.h"
#include "support/kit.h"
#include "support/module.h"

enum { TEXT, GOT, DATA };
enum { ABSOLUTE = 1, RELATIVE = 2, CALL = 4, GOTPCREL = 9 }; /* R_X86_64_64, _PC32, _PLT32, _GOTPCREL */
enum { SYM_OWN, SYM_FIRST, SYM_SECOND, SYM_THIRD };
static const uint64_t base = UINT64_C(0x4000000000), first_at = UINT64_C(0x4000200000),
                      second_at = UINT64_C(0x4000300000), third_at = UINT64_C(0x4000400000);

static struct kit kit;
static struct bench bench;
static uint8_t text[64], got[16], data[64];

/* What is answered, and what was asked. */
static struct {
    bool at_once;                   /* nothing comes later                           */
    enum smf_status answer[2];      /* later, for the first two imports              */
    bool says_why, again;           /* a failure is explained; it comes later still  */
    enum smf_kind kind;             /* of the first                                  */
    uint64_t address;               /* of the first                                  */
    uint32_t flags;                 /* of the first                                  */
    unsigned asked, asked_later;    /* calls                                         */
    unsigned fail_at;               /* the later call that fails; 0: none            */
    char order[16];                 /* a letter each: capitals are later ones        */
    struct smf_reference reference; /* the last that was told                        */
    unsigned told;
} script;

static void note(char letter)
{
    const size_t length = strlen(script.order);
    if (length + 1 < sizeof script.order)
        script.order[length] = letter;
}

static void answer_first(struct smf_binding_answer *answer)
{
    answer->address = script.address;
    answer->kind = script.kind;
    answer->flags = script.flags;
    answer->provider = &script;
}

/* The first two come later; the third never does. */
static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    CHECK(context == &script);
    script.asked++;
    note((char)('a' + request->index - SYM_FIRST));
    if (request->index != SYM_THIRD && !script.at_once) {
        answer->flags = SMF_BINDING_LATER;
        answer->address = UINT64_MAX; /* counts for nothing */
        return SMF_OK;
    }
    answer->address = request->index == SYM_THIRD ? third_at : second_at;
    if (request->index == SYM_FIRST)
        answer_first(answer);
    return SMF_OK;
}

/* Own pointers are there, and nothing is protected. */
static void look_around(void)
{
    const uint8_t *at = paper_at(&bench.paper, bench.paper.base + 0x2000, sizeof data);
    CHECK(at != NULL);
    if (at != NULL)
        CHECK_EQUAL(get64(at + 8), bench.paper.base + 16);
    for (unsigned i = 0; i < bench.paper.call_count; i++)
        CHECK(bench.paper.calls[i].what != PAPER_PROTECT);
}

static enum smf_status resolve_later(void *context, const struct smf_binding_request *request,
                                     struct smf_binding_answer *answer, struct smf_diagnosis *why)
{
    CHECK(context == &script && why != NULL && why->status == SMF_OK && why->name[0] == '\0');
    CHECK(answer->address == 0 && answer->kind == SMF_KIND_UNKNOWN && answer->flags == 0 && answer->provider == NULL);
    CHECK_EQUAL(request->hint, SMF_KIND_FUNCTION);
    const unsigned number = request->index - SYM_FIRST;
    CHECK(number < 2);
    if (!bench.config.allow_rwx && script.fail_at == 0)
        look_around();
    note((char)('A' + number));
    if (++script.asked_later == script.fail_at)
        return SMF_ERR_BUSY;
    if (script.again)
        answer->flags = SMF_BINDING_LATER;
    if (script.answer[number] != SMF_OK && script.says_why) {
        why->status = script.answer[number];
        memcpy(why->name, "sort", 5);
    }
    if (number == 0 && !script.again)
        answer_first(answer);
    else if (number != 0)
        answer->address = second_at;
    return script.answer[number];
}

static enum smf_status refer(void *context, const struct smf_reference *reference)
{
    CHECK(context == &script);
    script.told++;
    script.reference = *reference;
    return SMF_OK;
}

static const struct smf_later later = {.rules = &smf_later_rules, .resolve = resolve_later, .context = &script};
static const struct smf_rebinding rebinding = {.rules = &smf_rebinding_rules, .refer = refer, .context = &script};

/* Two imports that come later, the second weak, and one that does not; each called, in a slot, in a pointer. */
static void describe(uint32_t flags)
{
    kit_start(&kit, SMF_ARCH_X86_64);
    kit.writer.header.flags = flags;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, got, sizeof got, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_local(&kit, ".text", TEXT, 0);
    const bool pic = (flags & SMF_FLAG_PIC) != 0; /* else the loader makes slots and stubs */
    kit_stub_import(&kit, "first", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, pic ? 32 : 0, pic ? 8 : 0, 0);
    kit_stub_import(&kit, "second", SMF_SYMBOL_FUNCTION, SMF_BINDING_WEAK, pic ? 40 : 0, pic ? 8 : 0, 0);
    kit_stub_import(&kit, "third", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, pic ? 48 : 0, pic ? 8 : 0, 0);
    for (unsigned i = 0; i < 3; i++)
        kit_relocation(&kit, TEXT, 4 * (uint64_t)i, CALL, SYM_FIRST + i, -4);
    if (!pic) {
        kit_relocation(&kit, TEXT, 16, GOTPCREL, SYM_FIRST, -4);
        kit_relocation(&kit, TEXT, 20, GOTPCREL, SYM_THIRD, -4);
    }
    kit_relocation(&kit, GOT, 0, ABSOLUTE, SYM_FIRST, 0);
    kit_relocation(&kit, GOT, 8, ABSOLUTE, SYM_THIRD, 0);
    kit_relocation(&kit, DATA, 0, ABSOLUTE, SYM_FIRST, 4);
    kit_relocation(&kit, DATA, 8, ABSOLUTE, SYM_OWN, 16);
    kit_relocation(&kit, DATA, 16, ABSOLUTE, SYM_SECOND, 0);
    kit_relocation(&kit, DATA, 24, ABSOLUTE, SYM_THIRD, 0);
    kit_export(&kit, "run", TEXT, 0, SMF_SYMBOL_FUNCTION);
}

static void start(void)
{
    memset(&script, 0, sizeof script);
    script.kind = SMF_KIND_FUNCTION;
    script.address = first_at;
    bench_start(&bench, &smf_arch_x86_64);
    bench.config.resolve = resolve;
    bench.config.resolve_context = &script;
    bench.config.later = &later;
    bench.paper.base = base;
    describe(SMF_FLAG_PIC);
}

static struct smf_source source;
static uint8_t *file;

static void write_file(void)
{
    size_t size = 0;
    free(file);
    file = kit_finish(&kit, &size);
    source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
}

static struct smf_module *load(enum smf_status wanted, int detail)
{
    struct smf_module *module = NULL;
    write_file();
    bench_open(&bench);
    CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), wanted);
    if (wanted != SMF_OK)
        CHECK_EQUAL(bench.why.detail, detail);
    CHECK((module != NULL) == (wanted == SMF_OK));
    return module;
}

static void end(void) { bench_end(&bench); }

static uint64_t word(const struct smf_module *module, unsigned region, size_t offset)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    return module != NULL ? get64(regions[region].bytes + offset) : 0;
}

/* ---- ---- */

static void they_are_asked_for_when_all_else_is_relocated(void)
{
    start();
    const struct smf_module *module = load(SMF_OK, 0);
    CHECK_TEXT(script.order, "abcAB");
    CHECK_EQUAL(word(module, GOT, 0), first_at);
    CHECK_EQUAL(word(module, GOT, 8), third_at);
    CHECK_EQUAL(word(module, DATA, 0), first_at + 4);
    CHECK_EQUAL(word(module, DATA, 16), second_at);
    CHECK_EQUAL(word(module, DATA, 24), third_at);
    CHECK_EQUAL((uint32_t)word(module, TEXT, 0), 32 - 4);
    CHECK_EQUAL((uint32_t)word(module, TEXT, 4), 40 - 4 - 4);
    end();
}

static void nobody_is_asked_when_none_comes_later(void)
{
    start();
    script.at_once = true;
    load(SMF_OK, 0);
    CHECK_TEXT(script.order, "abc");
    end();
}

/* The slots and stubs that the loader makes for code that is not PIC, too. */
static void slots_and_stubs_of_the_loader_are_the_same(void)
{
    static uint8_t wanted[3][4096];
    size_t count = 0;
    for (unsigned late = 0; late < 2; late++) {
        start();
        script.at_once = late == 0;
        describe(0);
        const struct smf_module *module = load(SMF_OK, 0);
        const struct smf_region *regions = smf_module_regions(module, &count);
        CHECK_EQUAL(count, 3);
        for (size_t i = 0; i < count; i++) {
            CHECK(regions[i].size <= sizeof wanted[i]);
            if (late == 0)
                memcpy(wanted[i], regions[i].bytes, regions[i].size);
            else
                CHECK(memcmp(wanted[i], regions[i].bytes, regions[i].size) == 0);
        }
        CHECK_EQUAL(script.asked_later, late * 2);
        end();
    }
}

static void what_nobody_has_is_reported_or_nothing(void)
{
    for (unsigned both = 0; both < 2; both++) {
        start();
        script.answer[0] = both != 0 ? SMF_ERR_NOT_FOUND : SMF_OK;
        script.answer[1] = SMF_ERR_NOT_FOUND;
        script.says_why = true;
        const struct smf_module *module =
            both != 0 ? load(SMF_ERR_UNRESOLVED, SMF_DETAIL_NO_PROVIDER) : load(SMF_OK, 0);
        CHECK_TEXT(script.order, "abcAB");
        CHECK_EQUAL(bench.missed, both);
        if (both != 0)
            CHECK_TEXT(bench.why.name, "first");
        else
            CHECK_EQUAL(word(module, DATA, 16), 0);
        end();
    }
}

static void a_failure_ends_the_load_and_says_why(void)
{
    for (unsigned says = 0; says < 2; says++) {
        start();
        script.says_why = says != 0;
        script.answer[0] = SMF_ERR_BOUND;
        bench.config.missing = NULL;
        load(SMF_ERR_BOUND, says != 0 ? 0 : SMF_DETAIL_RESOLVER);
        CHECK_TEXT(bench.why.name, says != 0 ? "sort" : "first");
        CHECK_EQUAL(bench.why.stage, SMF_STAGE_BIND);
        CHECK_TEXT(script.order, "abcA");
        end();
    }
}

static void later_is_refused_where_it_cannot_be(void)
{
    start();
    bench.config.later = NULL;
    load(SMF_ERR_UNSUPPORTED, SMF_DETAIL_NOT_LATER);
    CHECK_TEXT(bench.why.name, "first");
    end();
    start();
    script.again = true;
    load(SMF_ERR_UNSUPPORTED, SMF_DETAIL_NOT_LATER);
    CHECK_EQUAL(script.asked_later, 1);
    CHECK_TEXT(bench.why.name, "first");
    end();
}

static void older_files_have_no_later(void)
{
    struct forged forged;
    const struct forge what = whole_module(FORGE_P128_W);
    start();
    forge_make(&what, &forged);
    bench_open(&bench);
    CHECK_STATUS(bench_try(&bench, forged.bytes, forged.size), SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(bench.why.detail, SMF_DETAIL_NOT_LATER);
    forge_free(&forged);
    end();
}

static void an_address_must_fit(void)
{
    start();
    script.address = UINT64_C(1) << 40;
    bench_end(&bench);
    bench_start(&bench, &smf_arch_riscv32);
    bench.config.resolve = resolve;
    bench.config.resolve_context = &script;
    bench.config.later = &later;
    bench.config.allow_rwx = true; /* nothing to look around at */
    kit_start(&kit, SMF_ARCH_RISCV32);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_local(&kit, ".data", 0, 0);
    kit_import(&kit, "first", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    load(SMF_ERR_RELOC_RANGE, SMF_DETAIL_FAR_ADDRESS);
    end();
}

/* What comes later may be replaced, too. */
static void places_are_told_as_ever(void)
{
    start();
    bench.config.rebinding = &rebinding;
    script.flags = SMF_BINDING_RELOADABLE;
    struct smf_module *module = load(SMF_OK, 0);
    CHECK_EQUAL(script.told, 1); /* its slot; the pointer is to the stub */
    CHECK_EQUAL(script.reference.form, SMF_REFERENCE_SLOT);
    CHECK(script.reference.provider == &script && script.reference.module == module);
    CHECK_EQUAL(script.reference.region, GOT);
    CHECK_EQUAL(word(module, DATA, 0), base + 32 + 4);
    end();
}

/* The last record of the first pass and the first of the second are one: what its symbol stood for is forgotten. */
static void a_single_pointer_is_stored_anew(void)
{
    start();
    script.fail_at = 100; /* nothing to look around at */
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, got, sizeof got, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_local(&kit, ".text", TEXT, 0);
    kit_import(&kit, "first", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, DATA, 8, ABSOLUTE, SYM_FIRST, 16);
    CHECK_EQUAL(word(load(SMF_OK, 0), DATA, 8), first_at + 16);
    end();
}

static void one_out_of_reach_says_which(void)
{
    start();
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, got, sizeof got, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_local(&kit, ".text", TEXT, 0);
    kit_import(&kit, "first", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, TEXT, 12, RELATIVE, SYM_FIRST, -4);
    kit_relocation(&kit, DATA, 8, ABSOLUTE, SYM_OWN, 16);
    script.address = UINT64_C(0x7FFF00000000);
    load(SMF_ERR_RELOC_RANGE, SMF_DETAIL_FAR_IMPORT);
    CHECK_TEXT(bench.why.name, "first");
    CHECK_EQUAL(bench.why.stage, SMF_STAGE_RELOCATE);
    CHECK_EQUAL(bench.why.index, 0);
    end();
}

/* ---- Each thing that can fail, once ---- */

static void each_call_of_it_fails(void)
{
    start();
    write_file();
    bench_open(&bench);
    for (script.fail_at = 1; script.fail_at <= 3; script.fail_at++) {
        script.asked_later = 0;
        CHECK_STATUS(bench_try(&bench, source.bytes, source.size), script.fail_at <= 2 ? SMF_ERR_BUSY : SMF_OK);
    }
    end();
}

static void each_progress_call_cancels(void)
{
    start();
    write_file();
    bench_open(&bench);
    script.fail_at = 100;
    enum smf_status status = SMF_ERR_CANCELLED;
    for (bench.cancel_at = 1; status != SMF_OK && bench.cancel_at < 100; bench.cancel_at++) {
        bench.progress_calls = 0;
        status = bench_try(&bench, source.bytes, source.size);
        CHECK(status == SMF_OK || status == SMF_ERR_CANCELLED);
    }
    CHECK(status == SMF_OK && bench.cancel_at > 9);
    end();
}

static void each_port_call_fails(void)
{
    unsigned at = 1;
    for (enum smf_status status = SMF_ERR_PROTECT; status != SMF_OK && at < 10; at++) {
        start();
        script.fail_at = 100;
        bench.paper.fail_at = at;
        write_file();
        bench_open(&bench);
        status = bench_try(&bench, source.bytes, source.size);
        end();
    }
    CHECK_EQUAL(at, 5);
}

/* A source that is read piece by piece, fails at one read, and may change a byte at another one. */
static struct {
    unsigned reads, fail_at, change_at;
    size_t change;
    uint8_t to;
} piecewise;

static enum smf_status read_at(void *context, uint64_t offset, void *buffer, size_t size)
{
    (void)context;
    if (++piecewise.reads == piecewise.fail_at)
        return SMF_ERR_IO;
    if (piecewise.reads == piecewise.change_at)
        file[piecewise.change] = piecewise.to;
    memcpy(buffer, file + offset, size);
    return SMF_OK;
}

static struct smf_source read_piecewise(void)
{
    memset(&piecewise, 0, sizeof piecewise);
    return (struct smf_source){.read_at = read_at, .size = source.size};
}

static enum smf_status try(const struct smf_source *from)
{
    struct smf_module *module = NULL;
    const size_t room = bench_room(&bench);
    piecewise.reads = 0;
    const enum smf_status status = smf_load(&bench.loader, from, &module, &bench.why);
    if (status == SMF_OK)
        CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
    CHECK_EQUAL(bench_room(&bench), room);
    CHECK_EQUAL(paper_live(&bench.paper), 0);
    return status;
}

static void each_read_fails(void)
{
    start();
    write_file();
    script.fail_at = 100;
    const struct smf_source from = read_piecewise();
    bench_open(&bench);
    enum smf_status status = SMF_ERR_IO;
    unsigned at = 1;
    for (; status != SMF_OK && at < 1000; at++) {
        piecewise.fail_at = at;
        status = try(&from);
        CHECK(status == SMF_OK || status == SMF_ERR_IO);
    }
    CHECK(status == SMF_OK && at > 10);
    end();
}

/* Whatever byte of the symbols and relocations changes at whichever read: memory stays safe, and a load that fails leaves nothing. */
static void the_source_may_change(void)
{
    start();
    write_file();
    script.fail_at = 100;
    const struct smf_source from = read_piecewise();
    bench_open(&bench);
    CHECK_STATUS(try(&from), SMF_OK);
    const unsigned reads = piecewise.reads;
    unsigned failed = 0;
    script.answer[0] = script.answer[1] = SMF_OK;
    for (piecewise.change = 0; piecewise.change < source.size; piecewise.change += 3)
        for (piecewise.change_at = 1; piecewise.change_at <= reads; piecewise.change_at++) {
            const uint8_t was = file[piecewise.change];
            piecewise.to = (uint8_t)(was ^ 0x41);
            failed += try(&from) != SMF_OK;
            file[piecewise.change] = was;
        }
    CHECK(failed > 100);
    end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(they_are_asked_for_when_all_else_is_relocated),
    CASE(nobody_is_asked_when_none_comes_later),
    CASE(slots_and_stubs_of_the_loader_are_the_same),
    CASE(what_nobody_has_is_reported_or_nothing),
    CASE(a_failure_ends_the_load_and_says_why),
    CASE(later_is_refused_where_it_cannot_be),
    CASE(older_files_have_no_later),
    CASE(an_address_must_fit),
    CASE(places_are_told_as_ever),
    CASE(a_single_pointer_is_stored_anew),
    CASE(one_out_of_reach_says_which),
    CASE(each_call_of_it_fails),
    CASE(each_progress_call_cancels),
    CASE(each_port_call_fails),
    CASE(each_read_fails),
    CASE(the_source_may_change),
};
TAP_MAIN(cases)
