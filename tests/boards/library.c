/* SPDX-License-Identifier: MIT */
/*
 * library.c - modules out of a library in flash, where they lie: made by smf_add_module() with the board's compiler, put
 * into one file by `smf ar create`, carried by this firmware, found by name, loaded and called. No byte of the library is
 * copied but what a load copies of a module: code and data that are not used in place.
 */
#include <string.h>

#include "board.h"
#include "harness/tap.h"
#include "smf/library.h"
#include "smf/smf.h"

extern const uint8_t shelf_file[], shelf_file_end[];

static struct smf_loader loader;
static struct smf_library library;
static uint8_t arena[1 << 13];
static unsigned reads;

static int host_number(void) { return 50000; }

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    if (strcmp(request->name, "host_number") != 0)
        return SMF_ERR_NOT_FOUND;
    answer->address = (uintptr_t)host_number;
    answer->kind = SMF_KIND_FUNCTION;
    return SMF_OK;
}

/* A flash that cannot be addressed: the same bytes, through a function. */
static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    (void)context;
    reads++;
    memcpy(into, shelf_file + offset, size);
    return SMF_OK;
}

static void say(const struct smf_diagnosis *why)
{
    char line[200];
    smf_diagnosis_format(why, line, sizeof line);
    tap_note("%s", line);
}

static void begin(const struct smf_source *flash)
{
    const struct smf_config config = {
        .port = board_port(), .arena = arena, .arena_size = sizeof arena, .resolve = resolve};
    struct smf_diagnosis why = {0};
    CHECK(config.port != NULL);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    const enum smf_status status = smf_library_open(&library, flash, &why);
    if (status != SMF_OK)
        say(&why);
    CHECK_STATUS(status, SMF_OK);
}

/* `part` and `source` are needed until the load is done, of a positional flash; of an addressable one not even so long. */
static struct smf_module *load(const char *name)
{
    struct smf_library_entry entry;
    struct smf_part part;
    struct smf_source source;
    struct smf_diagnosis why = {0};
    struct smf_module *module = NULL;
    enum smf_status status = smf_library_find(&library, name, &entry, &why);
    if (status == SMF_OK)
        status = smf_library_module(&library, &entry, &part, &source);
    if (status == SMF_OK)
        status = smf_load(&loader, &source, &module, &why);
    if (status != SMF_OK)
        say(&why);
    CHECK_STATUS(status, SMF_OK);
    return module;
}

static void call_both(void)
{
    struct smf_module *const adds = load("board/adds"), *const counts = load("board/counts");
    if (adds == NULL || counts == NULL)
        return;
    int (*const add_all)(int) = (int (*)(int))smf_function(adds, "add_all");
    int (*const count_on)(int) = (int (*)(int))smf_function(counts, "count_on");
    CHECK(add_all != NULL && count_on != NULL);
    if (add_all == NULL || count_on == NULL)
        return;
    CHECK_EQUAL(add_all(4), 54321);
    CHECK_EQUAL(count_on(5), 105);
    CHECK_EQUAL(count_on(7), 112);
    CHECK_STATUS(smf_unload(&loader, counts), SMF_OK);
    struct smf_module *const again = load("board/counts"); /* anew, from the bytes in flash */
    int (*const count_anew)(int) = (int (*)(int))smf_function(again, "count_on");
    CHECK_EQUAL(count_anew != NULL ? count_anew(1) : 0, 101);
}

static void modules_run_out_of_a_library_in_flash(void)
{
    const struct smf_source flash =
        smf_source_memory(shelf_file, (size_t)(shelf_file_end - shelf_file), SMF_STAYS_FOR_MODULE);
    begin(&flash);
    CHECK(library.count == 2 && library.sorted);
    call_both();
    CHECK_STATUS(smf_library_check(&library, NULL), SMF_OK);
    smf_loader_finish(&loader);
}

/* The names of a module's exports are those in the library: nothing was copied to get at them. */
static void names_stay_where_they_lie(void)
{
    const struct smf_source flash =
        smf_source_memory(shelf_file, (size_t)(shelf_file_end - shelf_file), SMF_STAYS_FOR_MODULE);
    const char *name = NULL;
    struct smf_found found;
    begin(&flash);
    const struct smf_module *const module = load("board/adds");
    CHECK(module != NULL);
    if (module != NULL) {
        CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_OK);
        CHECK((uintptr_t)name >= (uintptr_t)shelf_file && (uintptr_t)name < (uintptr_t)shelf_file_end);
    }
    smf_loader_finish(&loader);
}

static void modules_run_out_of_a_flash_that_cannot_be_addressed(void)
{
    const struct smf_source flash = {.size = (size_t)(shelf_file_end - shelf_file), .read_at = read_at};
    reads = 0;
    begin(&flash);
    call_both();
    tap_note("%u reads", reads);
    CHECK(reads > 0);
    smf_loader_finish(&loader);
}

static void what_is_not_in_it_is_said(void)
{
    const struct smf_source flash =
        smf_source_memory(shelf_file, (size_t)(shelf_file_end - shelf_file), SMF_STAYS_FOR_MODULE);
    struct smf_library_entry entry;
    struct smf_diagnosis why;
    begin(&flash);
    CHECK_STATUS(smf_library_find(&library, "board/subtracts", &entry, &why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(why.name, "board/subtracts");
    smf_loader_finish(&loader);
}

static const struct tap_case cases[] = {
    {"modules_run_out_of_a_library_in_flash",               modules_run_out_of_a_library_in_flash              },
    {"names_stay_where_they_lie",                           names_stay_where_they_lie                          },
    {"modules_run_out_of_a_flash_that_cannot_be_addressed", modules_run_out_of_a_flash_that_cannot_be_addressed},
    {"what_is_not_in_it_is_said",                           what_is_not_in_it_is_said                          },
};
TAP_MAIN(cases)
