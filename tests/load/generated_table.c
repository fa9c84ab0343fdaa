/* SPDX-License-Identifier: MIT */
/* generated_table.c - the table that smf-exports made from host.list is compiled in and is a resolver as it stands. */
#include <string.h>

#include "harness/tap.h"
#include "smf/hash.h"
#include "smf/load.h"

extern const struct smf_exports generated_exports;

int host_add(int left, int right);
extern int host_counter;
extern int odd __asm__("_start.of$odd");

int host_add(int left, int right) { return left + right; }
int host_counter = 5;
int odd = 1;

static enum smf_status ask(const char *name, struct smf_binding_answer *answer)
{
    const struct smf_binding_request request = {.name = name, .length = strlen(name), .hash = smf_hash_name(name)};
    memset(answer, 0, sizeof *answer);
    return smf_exports_resolve((void *)(uintptr_t)&generated_exports, &request, answer);
}

static void every_symbol_is_found(void)
{
    struct smf_binding_answer answer;
    CHECK_EQUAL(generated_exports.count, 4);
    CHECK_STATUS(ask("host_add", &answer), SMF_OK);
    CHECK(answer.address == (uintptr_t)host_add && answer.kind == SMF_KIND_FUNCTION);
    CHECK_STATUS(ask("host_counter", &answer), SMF_OK);
    CHECK(answer.address == (uintptr_t)&host_counter && answer.kind == SMF_KIND_DATA);
    CHECK_STATUS(ask("memcpy", &answer), SMF_OK);
    CHECK(answer.kind == SMF_KIND_FUNCTION);
    CHECK_STATUS(ask("_start.of$odd", &answer), SMF_OK);
    CHECK(answer.address == (uintptr_t)&odd);
}

static void nothing_else_is_found(void)
{
    static const char *const names[] = {"", "host_ad", "host_addd", "data", "function", "#", "what", "memset"};
    struct smf_binding_answer answer;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK_STATUS(ask(names[i], &answer), SMF_ERR_NOT_FOUND);
}

/* The same entries without the index: sorted by name, searched by halves. */
static void the_entries_are_sorted(void)
{
    const struct smf_exports sorted = {generated_exports.entries, generated_exports.count, NULL, 0};
    struct smf_binding_request request = {0};
    struct smf_binding_answer answer;
    for (uint32_t i = 0; i < sorted.count; i++) {
        request.name = sorted.entries[i].name;
        CHECK_STATUS(smf_exports_resolve((void *)(uintptr_t)&sorted, &request, &answer), SMF_OK);
        CHECK_EQUAL(answer.address, sorted.entries[i].address);
        CHECK(i == 0 || strcmp(sorted.entries[i - 1].name, sorted.entries[i].name) < 0);
    }
}

static const struct tap_case cases[] = {
    {"every_symbol_is_found",  every_symbol_is_found },
    {"nothing_else_is_found",  nothing_else_is_found },
    {"the_entries_are_sorted", the_entries_are_sorted},
};
TAP_MAIN(cases)
