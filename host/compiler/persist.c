/* SPDX-License-Identifier: MIT */
/* persist.c - smf/persist.h: rows, and what an instantiator has to do with them. The text is persist_text.c's. */
#include "persist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "files.h"
#include "smf/hash.h"

enum smf_status smf_persist_start(struct smf_persist *persist, const char *module)
{
    if (persist == NULL || module == NULL || module[0] == '\0')
        return SMF_ERR_ARGUMENT;
    const size_t size = strlen(module);
    *persist = (struct smf_persist){.module = strdup(module), .path = malloc(size + sizeof SMF_PERSIST_SUFFIX)};
    if (persist->module == NULL || persist->path == NULL) {
        smf_persist_finish(persist);
        return SMF_ERR_NO_MEMORY;
    }
    memcpy(persist->path, module, size);
    memcpy(persist->path + size, SMF_PERSIST_SUFFIX, sizeof SMF_PERSIST_SUFFIX);
    return SMF_OK;
}

static void free_entries(struct smf_persist *persist)
{
    for (size_t i = 0; i < persist->used; i++)
        free(persist->entries[i].block);
    free(persist->entries);
    free(persist->places);
}

void smf_persist_finish(struct smf_persist *persist)
{
    free_entries(persist);
    free(persist->module);
    free(persist->path);
    *persist = (struct smf_persist){0};
}

/* --- Rows ------------------------------------------------------------------------------------------ */

/* Where the number of a name's entry is, plus 1, or would be: 0. At least half of the places are free. */
static size_t *place_of(const struct smf_persist *persist, const char *mangled)
{
    const size_t mask = 2 * persist->capacity - 1;
    const uint64_t hash = smf_hash64(SMF_FNV64_BASIS, mangled, strlen(mangled));
    size_t at = (size_t)(hash ^ hash >> 32) & mask;
    while (persist->places[at] != 0 &&
           strcmp(persist->entries[persist->places[at] - 1].fields[PERSIST_MANGLED], mangled) != 0)
        at = (at + 1) & mask;
    return &persist->places[at];
}

struct smf_persist_entry *persist_find(const struct smf_persist *persist, const char *mangled)
{
    const size_t number = persist->used != 0 ? *place_of(persist, mangled) : 0;
    return number != 0 ? &persist->entries[number - 1] : NULL;
}

/* Room for one more; capacities are powers of two. */
static bool grow(struct smf_persist *persist)
{
    const size_t capacity = persist->capacity != 0 ? 2 * persist->capacity : 8;
    size_t *places = calloc(2 * capacity, sizeof *places);
    struct smf_persist_entry *grown = places != NULL ? realloc(persist->entries, capacity * sizeof *grown) : NULL;
    if (grown == NULL) {
        free(places);
        return false;
    }
    free(persist->places);
    persist->places = places;
    persist->entries = grown;
    persist->capacity = capacity;
    for (size_t i = 0; i < persist->used; i++)
        *place_of(persist, grown[i].fields[PERSIST_MANGLED]) = i + 1;
    return true;
}

enum smf_status persist_add(struct smf_persist *persist, const char *const *fields)
{
    if (persist->used == persist->capacity && !grow(persist))
        return SMF_ERR_NO_MEMORY;
    size_t sizes[PERSIST_FIELDS], all = 0;
    for (size_t i = 0; i < PERSIST_FIELDS; i++)
        all += sizes[i] = strlen(fields[i]) + 1;
    struct smf_persist_entry entry = {.block = malloc(all)};
    if (entry.block == NULL)
        return SMF_ERR_NO_MEMORY;
    char *at = entry.block;
    for (size_t i = 0; i < PERSIST_FIELDS; at += sizes[i++])
        entry.fields[i] = memcpy(at, fields[i], sizes[i]);
    *place_of(persist, entry.fields[PERSIST_MANGLED]) = persist->used + 1;
    persist->entries[persist->used++] = entry;
    persist->count++;
    return SMF_OK;
}

enum smf_status smf_persist_add(struct smf_persist *persist, const struct smf_persist_row *row)
{
    if (row->base == NULL || row->type_args == NULL || row->mangled == NULL || row->mangled[0] == '\0')
        return SMF_ERR_ARGUMENT;
    struct smf_persist_entry *known = persist_find(persist, row->mangled);
    if (known != NULL) {
        persist->count += known->stale;
        known->stale = false; /* it is there again */
        return SMF_OK;
    }
    const size_t room = strlen(persist->module) + 8;
    char *place = malloc(room);
    if (place == NULL)
        return SMF_ERR_NO_MEMORY;
    snprintf(place, room, "%s:0:0", persist->module);
    const char *const fields[PERSIST_FIELDS] = {row->base,
                                                row->type_args,
                                                row->mangled,
                                                row->file != NULL ? row->file : persist->module,
                                                row->location != NULL ? row->location : place,
                                                row->object != NULL ? row->object : "jit_obj",
                                                row->status != NULL ? row->status : "jit_compiled"};
    const enum smf_status status = persist_add(persist, fields);
    free(place);
    return status;
}

struct smf_persist_row smf_persist_get(const struct smf_persist *persist, size_t index)
{
    size_t at = 0;
    for (;; at++)
        if (!persist->entries[at].stale && index-- == 0)
            break;
    char *const *fields = persist->entries[at].fields;
    return (struct smf_persist_row){fields[PERSIST_BASE],  fields[PERSIST_TYPE_ARGS], fields[PERSIST_MANGLED],
                                    fields[PERSIST_FILE],  fields[PERSIST_LOCATION],  fields[PERSIST_OBJECT],
                                    fields[PERSIST_STATUS]};
}

/* --- The file -------------------------------------------------------------------------------------- */

static enum smf_status fail(const struct smf_persist *persist, int error, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_ERR_IO;
    if (error == EACCES || error == EPERM || error == EROFS)
        status = SMF_ERR_PROTECT;
    else if (error == ENOMEM)
        status = SMF_ERR_NO_MEMORY;
    else if (error == EFBIG)
        status = SMF_ERR_LIMIT;
    else if (error == EBUSY)
        status = SMF_ERR_BUSY;
    (void)compiler_fail(why, status, "%s", persist->path);
    if (why != NULL)
        why->value = (uint64_t)error;
    errno = error;
    return status;
}

enum smf_status smf_persist_read(struct smf_persist *persist, struct smf_diagnosis *why)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    const int error = files_read(persist->path, SMF_PERSIST_SIZE_MAX, &bytes, &size);
    persist->malformed = persist->repeated = 0;
    for (size_t i = 0; i < persist->used; i++)
        persist->entries[i].written = false; /* what stands there is seen now */
    if (error == ENOENT)
        return SMF_OK;
    if (error != 0)
        return fail(persist, error, why);
    const enum smf_status status = persist_parse(persist, (char *)bytes, size);
    free(bytes);
    return status == SMF_OK ? SMF_OK : fail(persist, ENOMEM, why);
}

/* What others have written is ours, too, then all of it is written. */
static enum smf_status merge_and_write(struct smf_persist *persist, struct smf_diagnosis *why)
{
    const uint32_t malformed = persist->malformed, repeated = persist->repeated;
    enum smf_status status = smf_persist_read(persist, why);
    persist->malformed = malformed;
    persist->repeated = repeated;
    if (status != SMF_OK)
        return status;
    struct memo_bytes text = {0};
    persist_print(persist, &text);
    int error = text.failed ? ENOMEM : text.size > SMF_PERSIST_SIZE_MAX ? EFBIG : 0;
    if (error == 0)
        error = files_replace(persist->path, text.bytes, text.size, true);
    free(text.bytes);
    for (size_t i = 0; i < persist->used && error == 0; i++)
        persist->entries[i].written = !persist->entries[i].stale;
    return error == 0 ? SMF_OK : fail(persist, error, why);
}

enum smf_status smf_persist_write(struct smf_persist *persist, struct smf_diagnosis *why)
{
    struct files_lock lock;
    const int error = files_lock(&lock, persist->path);
    enum smf_status status;
    if (error != 0) {
        status = fail(persist, error, why);
    } else {
        status = merge_and_write(persist, why);
        const int saved = errno;
        files_unlock(&lock);
        errno = saved;
    }
    persist->failed_updates += status != SMF_OK;
    return status;
}

/* --- Instances ------------------------------------------------------------------------------------- */

struct gathering {
    struct smf_persist *persist;
    enum smf_status status;
};

static bool gather(void *context, const struct smf_use *use)
{
    struct gathering *gathering = context;
    const struct smf_persist_row row = {.base = use->base, .type_args = use->type_args, .mangled = use->mangled};
    gathering->status = smf_persist_add(gathering->persist, &row);
    return gathering->status == SMF_OK;
}

enum smf_status smf_persist_update(struct smf_persist *persist, const struct smf_instantiator *instantiator,
                                   uint32_t number, struct smf_diagnosis *why)
{
    struct gathering gathering = {persist, SMF_OK};
    smf_instantiator_uses(instantiator, number, true, gather, &gathering);
    if (gathering.status != SMF_OK) {
        persist->failed_updates++;
        return compiler_fail(why, gathering.status, "%s", persist->path);
    }
    for (size_t i = 0; i < persist->used; i++)
        if (!persist->entries[i].written && !persist->entries[i].stale)
            return smf_persist_write(persist, why);
    return SMF_OK;
}

/* What the module does not list is nothing that anybody may ask for. */
static bool take_away_stale(struct smf_persist *persist, struct smf_persist_entry *entry,
                            const struct smf_instantiator *instantiator, uint32_t number)
{
    if (smf_instantiator_can(instantiator, number, entry->fields[PERSIST_MANGLED], NULL))
        return false;
    entry->stale = true;
    persist->count--;
    persist->stale++;
    return true;
}

static enum smf_status restore_one(struct smf_persist *persist, struct smf_persist_entry *entry,
                                   struct smf_instantiator *instantiator, uint32_t number, struct smf_diagnosis *why)
{
    struct smf_instance instance;
    const char *mangled = entry->fields[PERSIST_MANGLED];
    const enum smf_status status = smf_instantiate_symbol(instantiator, number, mangled, &instance, why);
    if (status != SMF_OK)
        return status;
    (void)!smf_instantiator_mark(instantiator, number, mangled); /* with update_notes it is already */
    const uint64_t stamp = compiler_stamp(&instance);
    if (entry->held && !instance.made && entry->stamp == stamp)
        (void)!smf_instantiator_drop(instantiator, mangled); /* a second use of it */
    entry->held = true;
    entry->stamp = stamp;
    persist->restored++;
    return SMF_OK;
}

enum smf_status smf_persist_restore(struct smf_persist *persist, struct smf_instantiator *instantiator, uint32_t number,
                                    struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted, first;
    enum smf_status status = SMF_OK;
    persist->restored = persist->stale = 0;
    for (size_t i = 0; i < persist->used; i++) {
        struct smf_persist_entry *entry = &persist->entries[i];
        if (entry->stale || take_away_stale(persist, entry, instantiator, number))
            continue;
        const enum smf_status one =
            restore_one(persist, entry, instantiator, number, status == SMF_OK ? &first : &unwanted);
        status = status == SMF_OK ? one : status;
    }
    if (status != SMF_OK && why != NULL)
        *why = first;
    return status;
}

void smf_persist_release(struct smf_persist *persist, struct smf_instantiator *instantiator)
{
    for (size_t i = 0; i < persist->used; i++) {
        struct smf_persist_entry *entry = &persist->entries[i];
        if (entry->held)
            compiler_let_go(instantiator, entry->fields[PERSIST_MANGLED], entry->stamp);
        entry->held = false;
    }
}
