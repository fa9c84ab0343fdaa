/* SPDX-License-Identifier: MIT */
/*
 * entries.c - what a get gives: the same entry until the file changes, what is in it, and an error for each file that is
 * none. Case names follow the list of the described cache: decoding, table offsets, bounds, magic, flags, types.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "smf/library.h"
#include "support/forge.h"
#include "support/kit.h"

/* ---- Get, put, has, evict (C1, C10, C11, C12, C15) ---- */

static void a_new_cache_is_empty(void)
{
    scene_open(NULL);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files + statistics.bytes + statistics.hits + statistics.misses, 0);
    CHECK(statistics.hit_rate == 0);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    CHECK(!smf_cache_has(cache, "a.smf") && !smf_cache_evict(cache, "a.smf") && !smf_cache_close(cache, "a.smf"));
    smf_cache_clear(cache);
    smf_cache_force_clear(cache);
    smf_cache_put(cache, NULL);
    scene_close();
    CHECK_STATUS(smf_cache_finish(NULL), SMF_OK);
}

static void a_hit_gives_the_same_entry(void)
{
    scene_open(NULL);
    const size_t size = scene_module("a.smf", 7, 300);
    scene_settle();
    struct smf_cached *first = scene_get("a.smf");
    CHECK(smf_cache_has(cache, scene_path("a.smf")));
    CHECK_EQUAL(smf_cache_count(cache), 1);
    CHECK_EQUAL(first->source.size, size);
    CHECK(first->source.bytes != NULL && first->source.stay == SMF_STAYS_FOR_MODULE);
    CHECK_TEXT(first->path, scene_path("a.smf"));
    CHECK_TEXT(first->note.name, "m");
    CHECK_EQUAL(scene_tag(first), 7);
    CHECK(first->kind == SMF_CACHED_MODULE && first->image->header.canonical && !first->mapped && first->revision != 0);
    struct smf_cached *second = scene_get("a.smf");
    CHECK(first == second);
    smf_cache_put(cache, first);
    smf_cache_put(cache, second);
    second = scene_get("a.smf");
    CHECK(first == second);
    smf_cache_put(cache, second);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files, 1);
    CHECK_EQUAL(statistics.bytes, size);
    CHECK_EQUAL(statistics.hits, 2);
    CHECK_EQUAL(statistics.misses, 1);
    CHECK_EQUAL(statistics.rereads, 0);
    scene_close();
}

static void a_failed_load_is_a_miss_and_no_file(void)
{
    scene_open(NULL);
    CHECK_STATUS(scene_touch("nothing.smf"), SMF_ERR_NOT_FOUND);
    CHECK(strstr(why.name, "nothing.smf") != NULL);
    scene_file("empty.smf", "", 0);
    CHECK_STATUS(scene_touch("empty.smf"), SMF_ERR_EMPTY);
    scene_file("short.smf", "SMF\0 and no header", 18);
    CHECK_STATUS(scene_touch("short.smf"), SMF_ERR_NOT_SMF);
    const enum smf_status status = scene_touch("."); /* a folder */
    CHECK(status == SMF_ERR_IO || status == SMF_ERR_PROTECT);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files, 0);
    CHECK_EQUAL(statistics.misses, 4);
    CHECK_EQUAL(statistics.failures, 4);
    CHECK_EQUAL(statistics.loads, 0);
    scene_close();
}

static void errors_belong_to_one_call(void)
{
    scene_open(NULL);
    CHECK_STATUS(scene_touch("late.smf"), SMF_ERR_NOT_FOUND);
    scene_module("late.smf", 1, 10);
    CHECK_STATUS(scene_touch("late.smf"), SMF_OK);
    scene_file("late.smf", "SMF", 3);
    CHECK_STATUS(scene_touch("late.smf"), SMF_ERR_NOT_SMF);
    CHECK_EQUAL(smf_cache_count(cache), 0); /* what it held is out of date */
    scene_module("late.smf", 2, 10);
    CHECK_STATUS(scene_touch("late.smf"), SMF_OK);
    scene_remove("late.smf");
    CHECK_STATUS(scene_touch("late.smf"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    CHECK_EQUAL(scene_statistics().changes, 2);
    scene_close();
}

static void evicted_bytes_stay_with_who_holds_them(void)
{
    scene_open(NULL);
    const size_t size = scene_module("a.smf", 3, 100);
    struct smf_cached *held = scene_get("a.smf");
    smf_cache_hold(cache, held);
    CHECK(smf_cache_evict(cache, held->path));
    CHECK(!smf_cache_evict(cache, held->path) && !smf_cache_has(cache, held->path));
    struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files, 0);
    CHECK_EQUAL(statistics.bytes, 0);
    CHECK_EQUAL(statistics.outside_bytes, size);
    CHECK_EQUAL(statistics.held, 1);
    struct smf_cached *other = scene_get("a.smf");
    CHECK(other != held && other->revision == held->revision);
    CHECK_STATUS(smf_cache_finish(cache), SMF_ERR_BUSY);
    smf_cache_put(cache, held);
    CHECK_EQUAL(scene_tag(held), 3); /* held once more */
    smf_cache_put(cache, held);
    statistics = scene_statistics();
    CHECK_EQUAL(statistics.outside_bytes, 0);
    CHECK_EQUAL(statistics.evictions, 0); /* nothing had to make room */
    smf_cache_put(cache, other);
    scene_close();
}

static void clear_keeps_the_counters(void)
{
    scene_open(NULL);
    scene_module("a.smf", 1, 10);
    scene_module("b.smf", 2, 10);
    scene_settle();
    struct smf_cached *held = scene_get("a.smf");
    CHECK_STATUS(scene_touch("b.smf"), SMF_OK);
    CHECK_STATUS(scene_touch("b.smf"), SMF_OK);
    smf_cache_clear(cache);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files + statistics.bytes, 0);
    CHECK_EQUAL(statistics.hits, 1);
    CHECK_EQUAL(statistics.misses, 2);
    CHECK_EQUAL(scene_tag(held), 1);
    smf_cache_put(cache, held);
    scene_close();
}

static void a_disabled_cache_keeps_nothing(void)
{
    scene_open(&(struct smf_cache_options){.disabled = true});
    scene_module("a.smf", 1, 10);
    struct smf_cached *one = scene_get("a.smf"), *two = scene_get("a.smf");
    CHECK(one != two && !smf_cache_has(cache, one->path));
    CHECK_EQUAL(scene_tag(one), 1);
    const struct smf_cache_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.files + statistics.hits + statistics.uncached, 0);
    CHECK_EQUAL(statistics.misses, 2);
    smf_cache_put(cache, one);
    smf_cache_put(cache, two);
    CHECK_EQUAL(scene_statistics().outside_bytes, 0);
    scene_close();
}

static void options_are_checked(void)
{
    static const char *const folders[] = {"a"};
    struct smf_cache *other;
    CHECK_STATUS(smf_cache_start(&other, &(struct smf_cache_options){.workers = 65}), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_cache_start(&other, &(struct smf_cache_options){.map_folder_count = 1}), SMF_ERR_ARGUMENT);
    CHECK(other == NULL);
    CHECK_STATUS(smf_cache_start(&other, &(struct smf_cache_options){.map_folders = folders, .map_folder_count = 1}),
                 SMF_OK);
    CHECK_STATUS(smf_cache_finish(other), SMF_OK);
}

static void a_file_may_be_too_large_at_all(void)
{
    scene_open(&(struct smf_cache_options){.max_file_bytes = 2000});
    scene_module("small.smf", 1, 100);
    const size_t large = scene_module("large.smf", 1, 2000);
    CHECK_STATUS(scene_touch("small.smf"), SMF_OK);
    CHECK_STATUS(scene_touch("large.smf"), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.value, large);
    scene_close();
}

static void recorded_hashes_are_compared_on_request(void)
{
    size_t size = 0;
    uint8_t *bytes = scene_bytes(1, 100, &size);
    for (int check = 0; check < 2; check++) {
        scene_open(&(struct smf_cache_options){.check_hash = check != 0});
        scene_file("a.smf", bytes, size);
        CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
        bytes[1] ^= 0x40; /* in the code or the padding before the data */
        scene_file("a.smf", bytes, size);
        CHECK_STATUS(scene_touch("a.smf"), check ? SMF_ERR_HASH : SMF_OK);
        bytes[1] ^= 0x40;
        scene_close();
    }
    free(bytes);
}

/* ---- Memory (C16) ---- */

static unsigned released;
static void release(void *context)
{
    released++;
    CHECK(context == &released);
    CHECK(smf_cache_count(cache) < 100); /* no lock is held */
}

static void modules_in_memory_are_entered(void)
{
    size_t size = 0, other_size = 0;
    uint8_t *bytes = scene_bytes(5, 100, &size), *other = scene_bytes(6, 50, &other_size);
    struct smf_cached *entry, *newer;
    released = 0;
    scene_open(&(struct smf_cache_options){.max_files = 1, .max_bytes = 1000});
    CHECK_STATUS(smf_cache_enter(cache, "std/io", bytes, size, release, &released, &why), SMF_OK);
    CHECK(smf_cache_has(cache, "std/io"));
    CHECK_STATUS(smf_cache_get(cache, "std/io", &entry, &why), SMF_OK);
    CHECK(entry->source.bytes == bytes && entry->entered && scene_tag(entry) == 5);
    CHECK_EQUAL(scene_statistics().files, 1);
    CHECK_EQUAL(scene_statistics().bytes, 0); /* they are not the cache's */
    scene_module("a.smf", 1, 10);
    scene_module("b.smf", 2, 10);
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    CHECK_STATUS(scene_touch("b.smf"), SMF_OK); /* and nothing gives them up for others */
    CHECK(smf_cache_has(cache, "std/io") && !smf_cache_has(cache, scene_path("a.smf")));
    CHECK_STATUS(smf_cache_enter(cache, "std/io", other, other_size, release, &released, &why), SMF_OK);
    CHECK_STATUS(smf_cache_get(cache, "std/io", &newer, &why), SMF_OK);
    CHECK(newer != entry && newer->revision != entry->revision && scene_tag(newer) == 6 && scene_tag(entry) == 5);
    CHECK_EQUAL(released, 0);
    smf_cache_put(cache, entry);
    CHECK_EQUAL(released, 1);
    CHECK(smf_cache_evict(cache, "std/io"));
    CHECK_EQUAL(released, 1);
    smf_cache_put(cache, newer);
    CHECK_EQUAL(released, 2);
    CHECK_STATUS(smf_cache_get(cache, "std/io", &entry, &why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_cache_enter(cache, "none", NULL, 5, release, &released, &why), SMF_ERR_EMPTY);
    CHECK_STATUS(smf_cache_enter(cache, "none", bytes, 0, release, &released, NULL), SMF_ERR_EMPTY);
    CHECK_STATUS(smf_cache_enter(cache, "none", bytes, size - 1, release, &released, &why), SMF_ERR_NOT_SMF);
    CHECK(!smf_cache_has(cache, "none"));
    CHECK_STATUS(smf_cache_enter(cache, "last", bytes, size, release, &released, &why), SMF_OK);
    CHECK_EQUAL(released, 2);
    scene_close();
    CHECK_EQUAL(released, 3);
    free(bytes);
    free(other);
}

/* Whatever changes, the revision does; bytes that were there before have the revision that they had. */
static void revisions_tell_bytes_apart(void)
{
    size_t size = 0;
    uint8_t *bytes = scene_bytes(1, 77, &size); /* words, and a rest */
    uint64_t last = 0, first = 0;
    bool differ = true;
    scene_open(NULL);
    const size_t start = (size_t)((const uint8_t *)memchr(bytes, 1, size) - bytes);
    for (size_t bit = 0; bit <= (size_t)77 * 8; bit++) {
        struct smf_cached *entry;
        CHECK_STATUS(smf_cache_enter(cache, "id", bytes, size, NULL, NULL, &why), SMF_OK);
        CHECK_STATUS(smf_cache_get(cache, "id", &entry, &why), SMF_OK);
        differ = differ && entry->revision != last && entry->revision != 0 && (bit == 0 || entry->revision != first);
        first = bit == 0 ? entry->revision : first;
        last = entry->revision;
        smf_cache_put(cache, entry);
        if (bit != 0)
            bytes[start + (bit - 1) / 8] ^= (uint8_t)(1u << (bit - 1) % 8);
        if (bit < (size_t)77 * 8)
            bytes[start + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(differ);
    struct smf_cached *entry;
    CHECK_STATUS(smf_cache_enter(cache, "id", bytes, size, NULL, NULL, &why), SMF_OK);
    CHECK_STATUS(smf_cache_get(cache, "id", &entry, &why), SMF_OK);
    CHECK(entry->revision == first);
    smf_cache_put(cache, entry);
    scene_close();
    free(bytes);
}

/* ---- What is in a module (C2 to C5) ---- */

/* A file with everything: all of it enters the scene as all.smf. */
static struct smf_cached *everything(void)
{
    static const uint8_t code[] = "\xC3", templates[] = "GTPL and a template";
    static const char note[] = "# note.sdn metadata\n# Format version: 1.0\n\n# END_NOTE\nolder bytes";
    static struct kit kit;
    size_t size = 0;
    memset(&kit, 0, sizeof kit);
    kit_start(&kit, SMF_ARCH_X86_64);
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, code, 1, 16);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 64, 8);
    kit_section(&kit, "note.sdn", SMF_SECTION_TEMPLATE_META, note, sizeof note - 1, 1);
    kit_section(&kit, "templates", SMF_SECTION_TEMPLATE_CODE, templates, sizeof templates - 1, 1);
    kit_section(&kit, "meta", SMF_SECTION_TEMPLATE_META, "META", 4, 1);
    uint8_t *bytes = kit_finish(&kit, &size);
    scene_file("all.smf", bytes, size);
    free(bytes);
    return scene_get("all.smf");
}

static void header_fields_are_decoded(void)
{
    scene_open(NULL);
    struct smf_cached *entry = everything();
    const struct smf_header *header = &entry->image->header;
    CHECK_EQUAL(header->arch, SMF_ARCH_X86_64);
    CHECK((header->flags & SMF_FLAG_RELOADABLE) != 0 && (header->flags & SMF_FLAG_EXECUTABLE) == 0);
    CHECK(header->section_count == 5 && header->header_size == 128 && header->section_stride == 64);
    CHECK_EQUAL(entry->note.name[0], '\0'); /* no note.module: zeros */
    smf_cache_put(cache, entry);
    scene_close();
}

/* Header and table where the file has them, in every layout; no offset is taken for granted. */
static void tables_are_found_in_every_layout(void)
{
    static const struct forge_section sections[] = {
        {.name = "code",      .type = SMF_SECTION_CODE,   .flags = 5, .alignment = 16, .bytes = "\xC3", .size = 1},
        {.name = "constants", .type = SMF_SECTION_RODATA, .flags = 1, .alignment = 4,  .bytes = "four", .size = 4},
    };
    scene_open(NULL);
    for (int layout = 0; layout < FORGE_LAYOUTS; layout++) {
        struct forged file;
        const uint8_t *bytes = NULL;
        size_t size = 0;
        tap_variant("%s", forge_layout_name((enum forge_layout)layout));
        forge_make(&(struct forge){.layout = (enum forge_layout)layout, .sections = sections, .section_count = 2},
                   &file);
        scene_file("a.smf", file.bytes, file.size);
        struct smf_cached *entry = scene_get("a.smf");
        CHECK(entry != NULL);
        if (entry != NULL) {
            CHECK_EQUAL(entry->image->header.position, file.header);
            CHECK_EQUAL(entry->image->section_table, file.section_table);
            CHECK_EQUAL(entry->image->header.section_stride, file.section_stride);
            const uint32_t index = smf_cached_section_named(entry, "constants");
            CHECK_EQUAL(smf_cached_section_typed(entry, SMF_SECTION_RODATA), index);
            CHECK_STATUS(smf_cached_section(entry, index, &bytes, &size, &why), SMF_OK);
            CHECK(size == 4 && bytes == (const uint8_t *)entry->source.bytes + file.payloads[index] &&
                  memcmp(bytes, "four", 4) == 0);
        }
        smf_cache_put(cache, entry);
        forge_free(&file);
    }
    tap_variant("%s", "");
    scene_close();
}

/* Entry i of a canonical table lies 64 * i bytes behind its start, and says where the payload is. */
static void entries_of_the_table_are_64_bytes_apart(void)
{
    const uint8_t *table = NULL, *bytes = NULL;
    size_t size = 0;
    scene_open(NULL);
    struct smf_cached *entry = everything();
    const uint32_t count = entry->image->header.section_count;
    CHECK_STATUS(smf_cached_bytes(entry, entry->image->section_table, 64 * (uint64_t)count, &table, &why), SMF_OK);
    for (uint32_t i = 0; table != NULL && i < count; i++, table += 64) {
        const struct smf_section *section = &entry->image->sections[i];
        CHECK_EQUAL(get64(table + SMF_T_SIZE), section->size);
        CHECK(section->size == 0 || get64(table + SMF_T_OFFSET) == section->offset);
        CHECK_TEXT(section->name, (const char *)table + SMF_T_NAME);
        if (smf_cached_section(entry, i, &bytes, &size, NULL) == SMF_OK)
            CHECK(size == section->size && bytes == (const uint8_t *)entry->source.bytes + section->offset);
    }
    smf_cache_put(cache, entry);
    scene_close();
}

static void sections_have_bounds_of_three_kinds(void)
{
    struct forged file;
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = "\xC3", .size = 1},
    };
    const struct forge what = {.layout = FORGE_CANONICAL, .sections = sections, .section_count = 1};
    const uint8_t *bytes = NULL;
    size_t size = 0;
    scene_open(NULL);
    /* the index */
    struct smf_cached *entry = everything();
    CHECK_STATUS(smf_cached_section(entry, 5, &bytes, &size, &why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_cached_section(entry, SMF_NO_SYMBOL, &bytes, &size, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_cached_section(entry, smf_cached_section_named(entry, ".bss"), &bytes, &size, &why),
                 SMF_ERR_EMPTY);
    CHECK_EQUAL(smf_cached_section_named(entry, "nothing"), SMF_NO_SYMBOL);
    CHECK_EQUAL(smf_cached_section_typed(entry, SMF_SECTION_DEBUG), SMF_NO_SYMBOL);
    smf_cache_put(cache, entry);
    /* the entry: a table that reaches past the end */
    forge_make(&what, &file);
    forge_put64(&file, file.header + SMF_P128_SECTION_TABLE, file.size - 8);
    scene_file("table.smf", file.bytes, file.size);
    const enum smf_status table = scene_touch("table.smf");
    const enum smf_detail table_detail = why.detail;
    forge_free(&file);
    /* the data: a payload that does */
    forge_make(&what, &file);
    forge_put64(&file, forge_section_entry(&file, 0) + SMF_T_OFFSET, file.size);
    scene_file("data.smf", file.bytes, file.size);
    const enum smf_status data = scene_touch("data.smf");
    CHECK(table != SMF_OK && data != SMF_OK);
    CHECK(table_detail != why.detail);
    forge_free(&file);
    scene_close();
}

static void types_12_and_13_are_templates(void)
{
    const uint8_t *bytes = NULL;
    scene_open(NULL);
    struct smf_cached *entry = everything();
    CHECK_EQUAL(SMF_SECTION_TEMPLATE_CODE, 12);
    CHECK_EQUAL(SMF_SECTION_TEMPLATE_META, 13);
    CHECK_EQUAL(entry->template_code, smf_cached_section_named(entry, "templates"));
    CHECK_EQUAL(entry->template_meta, smf_cached_section_named(entry, "meta")); /* note.sdn has its type, too */
    CHECK_STATUS(smf_cached_template(entry, 0, 19, &bytes, &why), SMF_OK);
    CHECK(memcmp(bytes, "GTPL and a template", 19) == 0);
    CHECK_STATUS(smf_cached_template(entry, 18, 1, &bytes, &why), SMF_OK);
    CHECK_EQUAL(*bytes, 'e');
    CHECK_STATUS(smf_cached_template(entry, 19, 0, &bytes, &why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_cached_template(entry, UINT64_MAX, 1, &bytes, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_cached_template(entry, 0, 20, &bytes, &why), SMF_ERR_TRUNCATED);
    CHECK(why.value == 20 && why.expected == 19);
    CHECK_STATUS(smf_cached_template(entry, 1, UINT64_MAX, &bytes, NULL), SMF_ERR_TRUNCATED);
    smf_cache_put(cache, entry);
    scene_module("plain.smf", 1, 10);
    entry = scene_get("plain.smf");
    CHECK_EQUAL(entry->template_code, SMF_NO_SYMBOL);
    CHECK_STATUS(smf_cached_template(entry, 0, 1, &bytes, &why), SMF_ERR_NOT_FOUND);
    smf_cache_put(cache, entry);
    scene_close();
}

/* By name, in a table of names and bodies; and by what a symbol says, where there is no table. */
static void templates_are_found_by_name(void)
{
    uint8_t table[64] = {0}, plain[32] = {0};
    put32(table, 2);
    put32(table + 4, 3);
    memcpy(table + 8, "one", 3);
    put32(table + 11, 4);
    memcpy(table + 15, "body", 4);
    put32(table + 19, 3);
    memcpy(table + 23, "two", 3);
    put32(table + 26, 2);
    memcpy(table + 30, "2!", 2);
    put32(plain + 8, 5);
    memcpy(plain + 12, "third", 5);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    struct forged file;
    const struct forge_section sections[] = {
        {.name = "code",   .type = SMF_SECTION_CODE,          .flags = 5, .alignment = 16, .bytes = "\xC3", .size = 1 },
        {.name = "names",  .type = SMF_SECTION_TEMPLATE_CODE, .flags = 1, .alignment = 1,  .bytes = table,  .size = 32},
        {.name = "bodies", .type = SMF_SECTION_TEMPLATE_CODE, .flags = 1, .alignment = 1,  .bytes = plain,  .size = 32},
    };
    const struct forge_symbol symbols[] = {
        {.name = "third",
         .type = SMF_SYMBOL_FUNCTION,
         .binding = SMF_BINDING_GLOBAL,
         .flags = SMF_SYMBOL_FLAG_TEMPLATE},
    };
    scene_open(NULL);
    forge_make(&(struct forge){.layout = FORGE_P128_W,
                               .sections = sections,
                               .section_count = 3,
                               .symbols = symbols,
                               .symbol_count = 1,
                               .exported_count = 1},
               &file);
    forge_put64(&file, forge_symbol_entry(&file, 0) + 48, 8); /* template_offset */
    scene_file("a.smf", file.bytes, file.size);
    struct smf_cached *entry = scene_get("a.smf");
    CHECK_STATUS(smf_cached_template_named(entry, "one", &bytes, &size, &why), SMF_OK);
    CHECK(size == 4 && memcmp(bytes, "body", 4) == 0);
    CHECK_STATUS(smf_cached_template_named(entry, "two", &bytes, &size, NULL), SMF_OK);
    CHECK(size == 2 && memcmp(bytes, "2!", 2) == 0);
    CHECK_STATUS(smf_cached_template_named(entry, "third", &bytes, &size, &why), SMF_OK);
    CHECK(size == 5 && memcmp(bytes, "third", 5) == 0);
    CHECK_STATUS(smf_cached_template_named(entry, "nobody", &bytes, &size, &why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(why.name, "nobody");
    CHECK_STATUS(smf_cached_template_named(entry, "", &bytes, &size, &why), SMF_ERR_NOT_FOUND);
    smf_cache_put(cache, entry);
    forge_free(&file);
    scene_close();
}

static void bytes_are_where_they_lie_and_inside(void)
{
    const uint8_t *bytes = NULL;
    scene_open(NULL);
    const size_t size = scene_module("a.smf", 1, 100);
    struct smf_cached *entry = scene_get("a.smf");
    CHECK_STATUS(smf_cached_bytes(entry, 0, size, &bytes, &why), SMF_OK);
    CHECK(bytes == entry->source.bytes);
    CHECK_STATUS(smf_cached_bytes(entry, size - 1, 1, &bytes, NULL), SMF_OK);
    CHECK_STATUS(smf_cached_bytes(entry, size, 0, &bytes, &why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_cached_bytes(entry, 1, size, &bytes, &why), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_cached_bytes(entry, 1, UINT64_MAX, &bytes, &why), SMF_ERR_TRUNCATED);
    smf_cache_put(cache, entry);
    scene_close();
}

static void the_note_ends_at_its_line(void)
{
    const char *text = NULL;
    size_t size = 0;
    scene_open(NULL);
    struct smf_cached *entry = everything();
    CHECK_STATUS(smf_cached_note(entry, &text, &size, &why), SMF_OK);
    CHECK_EQUAL(size, strlen("# note.sdn metadata\n# Format version: 1.0\n\n"));
    CHECK(memcmp(text, "# note", 6) == 0);
    smf_cache_put(cache, entry);
    scene_module("plain.smf", 1, 10);
    entry = scene_get("plain.smf");
    CHECK_STATUS(smf_cached_note(entry, &text, &size, &why), SMF_OK); /* none: nothing, and no error */
    CHECK(size == 0 && text != NULL);
    smf_cache_put(cache, entry);
    scene_close();
}

/* Size 0: the end is found by reading, and it has to be there before the next thing. */
static void a_note_of_unknown_size_is_read_to_its_end(void)
{
    static const char *const notes[] = {"|a|\n# END_NOTE\n", "\n# END_NOTE\n", "|a|\n# END_NOTE", "x"};
    static const size_t sizes[] = {4, 1};
    scene_open(NULL);
    for (size_t i = 0; i < 4; i++) {
        struct forged file;
        const char *text = NULL;
        size_t size = 0;
        struct forge_section sections[] = {
            {.name = "note.sdn",
             .type = SMF_SECTION_TEMPLATE_META,
             .flags = 1,
             .alignment = 1,
             .bytes = notes[i],
             .size = strlen(notes[i])},
            {.name = "after",
             .type = SMF_SECTION_RODATA,
             .flags = 1,
             .alignment = 1,
             .bytes = "\n# END_NOTE\n",
             .size = 12              },
        };
        forge_make(&(struct forge){.layout = FORGE_P128_W, .sections = sections, .section_count = 2}, &file);
        forge_put64(&file, forge_section_entry(&file, 0) + SMF_T_SIZE, 0);
        forge_put64(&file, forge_section_entry(&file, 0) + SMF_T_VIRTUAL_SIZE, 0);
        scene_file("a.smf", file.bytes, file.size);
        struct smf_cached *entry = scene_get("a.smf");
        const enum smf_status status = entry != NULL ? smf_cached_note(entry, &text, &size, &why) : SMF_ERR_ARGUMENT;
        CHECK_STATUS(status, i < 2 ? SMF_OK : SMF_ERR_TRUNCATED);
        if (i < 2)
            CHECK_EQUAL(size, sizes[i]);
        smf_cache_put(cache, entry);
        forge_free(&file);
    }
    scene_close();
}

/* Doors work on a copy of what was proven; the offsets that were found once are used again. */
static void an_image_is_had_without_opening(void)
{
    struct smf_image one, two;
    uint8_t bytes[19];
    scene_open(NULL);
    struct smf_cached *entry = everything();
    CHECK_STATUS(smf_cached_image(entry, &one), SMF_OK);
    CHECK_STATUS(smf_cached_image(entry, &two), SMF_OK);
    CHECK(one.sections == entry->image->sections && one.source == &entry->source);
    CHECK_STATUS(smf_image_read(&one, entry->template_code, 0, bytes, 19, &why), SMF_OK);
    CHECK(memcmp(bytes, "GTPL", 4) == 0);
    CHECK_STATUS(smf_image_check_hash(&two, &why), SMF_OK);
    smf_cache_put(cache, entry);
    scene_close();
}

/* Its last bytes are the header of a module, and it is a library all the same. */
static void libraries_are_told_by_their_magic(void)
{
    size_t sizes[2] = {0}, size = 0;
    uint8_t *modules[2] = {scene_bytes(1, 100, &sizes[0]), scene_bytes(2, 50, &sizes[1])};
    const struct smf_library_item items[] = {
        {.name = "a",     .bytes = modules[0], .size = sizes[0]},
        {.name = "std/b", .bytes = modules[1], .size = sizes[1]}
    };
    uint32_t order[2];
    static uint8_t bytes[8192];
    struct smf_image image;
    struct smf_library library;
    struct smf_library_entry found;
    const uint8_t *part = NULL;
    const char *text = NULL;
    scene_open(NULL);
    CHECK_STATUS(smf_library_write(items, 2, order, bytes, sizeof bytes, &size, &why), SMF_OK);
    scene_file("l.lsm", bytes, size);
    struct smf_cached *entry = scene_get("l.lsm");
    CHECK(entry->kind == SMF_CACHED_LIBRARY && entry->image == NULL && entry->source.size == size);
    CHECK_STATUS(smf_library_open(&library, &entry->source, &why), SMF_OK);
    CHECK_STATUS(smf_library_find(&library, "std/b", &found, &why), SMF_OK);
    CHECK(found.size == sizes[1] &&
          memcmp((const uint8_t *)entry->source.bytes + found.offset, modules[1], sizes[1]) == 0);
    CHECK_STATUS(smf_cached_image(entry, &image), SMF_ERR_LIBRARY);
    CHECK_EQUAL(smf_cached_section_named(entry, ".text"), SMF_NO_SYMBOL);
    CHECK_EQUAL(smf_cached_section_typed(entry, SMF_SECTION_CODE), SMF_NO_SYMBOL);
    CHECK_STATUS(smf_cached_section(entry, 0, &part, &size, &why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_cached_note(entry, &text, &size, &why), SMF_OK);
    CHECK_EQUAL(size, 0);
    smf_cache_put(cache, entry);
    scene_file("l.lsm", bytes, 100);
    CHECK(scene_touch("l.lsm") != SMF_OK && why.status != SMF_ERR_LIBRARY);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    scene_close();
    free(modules[0]);
    free(modules[1]);
}

static void wrong_magic_is_refused(void)
{
    size_t size = 0;
    uint8_t *bytes = scene_bytes(1, 100, &size);
    scene_open(NULL);
    for (size_t bit = 0; bit < 32; bit++) {
        bytes[size - 128 + bit / 8] ^= (uint8_t)(1u << bit % 8);
        scene_file("a.smf", bytes, size);
        CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_NOT_SMF);
        bytes[size - 128 + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    scene_close();
    free(bytes);
}

/* Every shorter file is an error of its own, never a file in the cache. */
static void every_truncation_is_refused(void)
{
    size_t size = 0;
    uint8_t *bytes = scene_bytes(1, 16, &size);
    scene_open(NULL);
    for (size_t cut = 0; cut < size; cut++) {
        struct smf_cached *entry;
        CHECK(cut == 0 || smf_cache_enter(cache, "cut", bytes, cut, NULL, NULL, &why) != SMF_OK);
        scene_file("a.smf", bytes, cut);
        CHECK(smf_cache_get(cache, scene_path("a.smf"), &entry, &why) != SMF_OK);
    }
    CHECK_EQUAL(smf_cache_count(cache), 0);
    scene_close();
    free(bytes);
}

/* Every bit of a file with everything: it is refused, or whatever is asked of it lies inside. */
static void no_bit_leads_out_of_the_file(void)
{
    unsigned opened = 0, refused = 0;
    bool inside = true;
    scene_open(NULL);
    struct smf_cached *entry = everything();
    const size_t whole = (size_t)entry->source.size;
    uint8_t *bytes = malloc(whole);
    CHECK(bytes != NULL);
    memcpy(bytes, entry->source.bytes, whole);
    smf_cache_put(cache, entry);
    for (size_t bit = 0; bit < whole * 8; bit++) {
        const uint8_t *part = NULL;
        const char *text = NULL;
        size_t size = 0, sum = 0;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (smf_cache_enter(cache, "id", bytes, whole, NULL, NULL, &why) != SMF_OK) {
            refused++;
        } else {
            opened++;
            CHECK_STATUS(smf_cache_get(cache, "id", &entry, &why), SMF_OK);
            for (uint32_t i = 0; entry->image != NULL && i < entry->image->header.section_count; i++)
                if (smf_cached_section(entry, i, &part, &size, NULL) == SMF_OK)
                    sum += size;
            inside = inside && sum <= whole;
            if (smf_cached_note(entry, &text, &size, NULL) == SMF_OK && size != 0)
                inside = inside && (const uint8_t *)text >= bytes && (const uint8_t *)text + size <= bytes + whole;
            if (smf_cached_template(entry, 0, 4, &part, NULL) == SMF_OK)
                inside = inside && part >= bytes && part + 4 <= bytes + whole;
            smf_cache_put(cache, entry);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(inside && opened > 100 && refused > 100);
    scene_close();
    free(bytes);
}

static const struct tap_case cases[] = {
    {"a_new_cache_is_empty",                      a_new_cache_is_empty                     },
    {"a_hit_gives_the_same_entry",                a_hit_gives_the_same_entry               },
    {"a_failed_load_is_a_miss_and_no_file",       a_failed_load_is_a_miss_and_no_file      },
    {"errors_belong_to_one_call",                 errors_belong_to_one_call                },
    {"evicted_bytes_stay_with_who_holds_them",    evicted_bytes_stay_with_who_holds_them   },
    {"clear_keeps_the_counters",                  clear_keeps_the_counters                 },
    {"a_disabled_cache_keeps_nothing",            a_disabled_cache_keeps_nothing           },
    {"options_are_checked",                       options_are_checked                      },
    {"a_file_may_be_too_large_at_all",            a_file_may_be_too_large_at_all           },
    {"recorded_hashes_are_compared_on_request",   recorded_hashes_are_compared_on_request  },
    {"modules_in_memory_are_entered",             modules_in_memory_are_entered            },
    {"revisions_tell_bytes_apart",                revisions_tell_bytes_apart               },
    {"header_fields_are_decoded",                 header_fields_are_decoded                },
    {"tables_are_found_in_every_layout",          tables_are_found_in_every_layout         },
    {"entries_of_the_table_are_64_bytes_apart",   entries_of_the_table_are_64_bytes_apart  },
    {"sections_have_bounds_of_three_kinds",       sections_have_bounds_of_three_kinds      },
    {"types_12_and_13_are_templates",             types_12_and_13_are_templates            },
    {"templates_are_found_by_name",               templates_are_found_by_name              },
    {"bytes_are_where_they_lie_and_inside",       bytes_are_where_they_lie_and_inside      },
    {"the_note_ends_at_its_line",                 the_note_ends_at_its_line                },
    {"a_note_of_unknown_size_is_read_to_its_end", a_note_of_unknown_size_is_read_to_its_end},
    {"an_image_is_had_without_opening",           an_image_is_had_without_opening          },
    {"libraries_are_told_by_their_magic",         libraries_are_told_by_their_magic        },
    {"wrong_magic_is_refused",                    wrong_magic_is_refused                   },
    {"no_bit_leads_out_of_the_file",              no_bit_leads_out_of_the_file             },
    {"every_truncation_is_refused",               every_truncation_is_refused              },
};
TAP_MAIN(cases)
