/* SPDX-License-Identifier: MIT */
/* provider_questions.c - what a provider is asked about modules without giving one out. */
#include "base/bytes.h"
#include "system/entries.h"
#include "system/text.h"

static enum smf_status copy_place(const struct smf_provider_entry *entry, char *place, size_t capacity,
                                  struct smf_diagnosis *why)
{
    const char *from = entry->supply.place != NULL ? entry->supply.place : "";
    const size_t size = smf_text_size(from);
    if (size > capacity)
        return smf_provider_fail(why, SMF_DETAIL_PLACE_SPACE, entry->name, size, capacity);
    memcpy(place, from, size);
    return SMF_OK;
}

enum smf_status smf_provider_locate(struct smf_provider *provider, const char *name, struct smf_location *location,
                                    char *place, size_t capacity, struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    why = smf_provider_enter(provider, why);
    enum smf_status status = smf_entry_acquire(provider, name, 0, &entry, why);
    if (status == SMF_OK) {
        if (place != NULL)
            status = copy_place(entry, place, capacity, why);
        if (status == SMF_OK)
            *location = (struct smf_location){.kind = entry->supply.kind,
                                              .offset = entry->supply.offset,
                                              .size = entry->source.size,
                                              .object_size = entry->supply.object.size,
                                              .revision = entry->supply.revision,
                                              .supplier = entry->supplier};
        smf_entry_release(provider, entry);
    }
    smf_provider_leave(provider);
    return status;
}

/* ---- What a module says about itself ---- */

static enum smf_status describe(const struct smf_provider_entry *entry, struct smf_metadata *metadata,
                                struct smf_diagnosis *why)
{
    struct smf_metadata found = {.header = entry->image->header};
    enum smf_status status = smf_image_dependency_count(entry->image, &found.dependency_count, why);
    if (status == SMF_OK)
        status = smf_image_compile_options(entry->image, &found.options, why);
    if (status == SMF_OK)
        status = smf_image_module_note(entry->image, &found.note, why);
    if (status == SMF_OK)
        *metadata = found;
    return status;
}

enum smf_status smf_provider_metadata(struct smf_provider *provider, const char *name, struct smf_metadata *metadata,
                                      struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    why = smf_provider_enter(provider, why);
    enum smf_status status = smf_entry_acquire(provider, name, NEED_VALID | NEED_IMAGE, &entry, why);
    if (status == SMF_OK) {
        status = describe(entry, metadata, why);
        smf_entry_release(provider, entry);
    }
    smf_provider_leave(provider);
    return status;
}

struct rows {
    int (*each)(void *context, const struct smf_dependency *dependency);
    void *context;
    int answer;
};

static enum smf_status walk_rows(struct smf_provider *provider, const struct smf_provider_entry *entry,
                                 struct rows *rows, struct smf_diagnosis *why)
{
    uint32_t count = 0;
    uint64_t cursor = 0;
    enum smf_status status = smf_image_dependency_count(entry->image, &count, why);
    if (status != SMF_OK || count == 0)
        return status;
    struct smf_dependency *row = smf_provider_take_scratch(provider, sizeof *row, why);
    if (row == NULL)
        return why->status;
    for (uint32_t i = 0; i < count && status == SMF_OK && rows->answer == 0; i++) {
        status = smf_image_dependency(entry->image, &cursor, row, why);
        if (status == SMF_OK)
            rows->answer = rows->each(rows->context, row);
    }
    smf_provider_give(provider, row);
    return status;
}

enum smf_status smf_provider_walk_dependencies(struct smf_provider *provider, const char *name,
                                               int (*each)(void *context, const struct smf_dependency *dependency),
                                               void *context, int *answer, struct smf_diagnosis *why)
{
    struct smf_provider_entry *entry;
    struct rows rows = {.each = each, .context = context};
    why = smf_provider_enter(provider, why);
    enum smf_status status = smf_entry_acquire(provider, name, NEED_VALID | NEED_IMAGE, &entry, why);
    if (status == SMF_OK) {
        status = walk_rows(provider, entry, &rows, why);
        smf_entry_release(provider, entry);
    }
    if (answer != NULL)
        *answer = rows.answer;
    smf_provider_leave(provider);
    return status;
}

/* ---- All modules ---- */

/* Number of the first supplier below `end` that has it; `end` if none has. */
static size_t who_has(struct smf_provider *provider, const char *name, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        uint64_t revision;
        if (smf_provider_look(provider, i, name, &revision, &provider->unwanted) == SMF_OK)
            return i;
    }
    return end;
}

bool smf_provider_has(struct smf_provider *provider, const char *name)
{
    smf_provider_enter(provider, NULL);
    const size_t count = provider->config.supplier_count;
    const bool has = !smf_text_is_empty(name) && who_has(provider, name, count) < count;
    smf_provider_leave(provider);
    return has;
}

struct listing {
    struct smf_provider *provider;
    size_t supplier;
    int (*each)(void *context, const char *name);
    void *context;
};

/* Not, if it was told before: a supplier in front has it. */
static int list_one(void *context, const char *name)
{
    const struct listing *listing = context;
    if (who_has(listing->provider, name, listing->supplier) < listing->supplier)
        return 0;
    return listing->each(listing->context, name);
}

int smf_provider_list(struct smf_provider *provider, int (*each)(void *context, const char *name), void *context)
{
    struct listing listing = {.provider = provider, .each = each, .context = context};
    int answer = 0;
    smf_provider_enter(provider, NULL);
    for (; listing.supplier < provider->config.supplier_count && answer == 0; listing.supplier++) {
        const struct smf_supplier *supplier = &provider->config.suppliers[listing.supplier];
        if (supplier->list != NULL)
            answer = supplier->list(supplier, list_one, &listing);
    }
    smf_provider_leave(provider);
    return answer;
}

/* What fits of `text`, and how long the line would be then. */
static size_t append(char *line, size_t size, size_t length, const char *text)
{
    for (; *text != '\0'; text++, length++)
        if (length + 1 < size)
            line[length] = *text;
    return length;
}

size_t smf_provider_places(const struct smf_provider *provider, char *line, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < provider->config.supplier_count; i++) {
        const char *title = provider->config.suppliers[i].title;
        length = append(line, size, length, i != 0 ? ", " : "");
        length = append(line, size, length, title != NULL ? title : "?");
    }
    if (size > 0)
        line[length < size ? length : size - 1] = '\0';
    return length;
}

void smf_provider_get_statistics(struct smf_provider *provider, struct smf_provider_statistics *statistics)
{
    smf_provider_enter(provider, NULL);
    *statistics = provider->statistics;
    statistics->arena_largest = smf_arena_largest(smf_provider_arena(provider));
    smf_provider_leave(provider);
}
