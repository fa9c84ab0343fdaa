/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which supplier's module is given, and whether what is kept is still that one. The choice depends on
 * what the first `asked` suppliers have; it is made again when one of them has something else.
 */
#include "base/bytes.h"
#include "smf/hash.h"
#include "system/entries.h"
#include "system/text.h"

/* What the configuration wants of a module's backend. */
struct wish {
    enum smf_backend backend; /* auto: `mode` counts */
    enum smf_provider_mode mode;
    bool demanded;
};

/* The first module that did not fulfil it. */
struct rejected {
    bool any, tagged;
    uint8_t backend;
    size_t supplier;
    uint64_t revision;
};

enum smf_status smf_provider_fail(struct smf_diagnosis *why, enum smf_detail detail, const char *name, size_t value,
                                  size_t expected)
{
    smf_fail_name(why, name, smf_text_size(name) - 1);
    return smf_fail(why, detail, 0, value, expected);
}

/* ---- Suppliers ---- */

/* The status of a supplier, whatever it left in `why`. */
enum smf_status smf_provider_fail_as(size_t number, const char *name, enum smf_status status, struct smf_diagnosis *why)
{
    if (why->status != status) {
        smf_fail_clear(why);
        smf_provider_fail(why, SMF_DETAIL_SUPPLIER, name, (size_t) - (ptrdiff_t)status, 0);
        why->status = status;
    }
    why->index = (uint32_t)number;
    return status;
}

static bool is_readable(const struct smf_source *source) { return source->bytes != NULL || source->read_at != NULL; }

static enum smf_status find(struct smf_provider *provider, size_t number, const char *name, struct smf_supply *supply,
                            struct smf_diagnosis *why)
{
    const struct smf_supplier *supplier = &provider->config.suppliers[number];
    memset(supply, 0, sizeof *supply);
    smf_fail_clear(why);
    provider->statistics.finds++;
    const enum smf_status status = supplier->find(supplier, name, supply, why);
    if (status == SMF_OK)
        provider->statistics.supplies++;
    return status;
}

enum smf_status smf_provider_look(struct smf_provider *provider, size_t number, const char *name, uint64_t *revision,
                                  struct smf_diagnosis *why)
{
    const struct smf_supplier *supplier = &provider->config.suppliers[number];
    smf_fail_clear(why);
    if (supplier->look != NULL)
        return supplier->look(supplier, name, revision);
    const enum smf_status status = find(provider, number, name, &provider->supply, why);
    if (status != SMF_OK)
        return status;
    *revision = provider->supply.revision;
    provider->statistics.supplies--;
    if (supplier->give_back != NULL)
        supplier->give_back(supplier, &provider->supply);
    return SMF_OK;
}

/* Added up over suppliers by exclusive or, so that one can be taken out again. */
static uint64_t mark(size_t supplier, uint64_t revision)
{
    uint8_t bytes[16];
    smf_put64(bytes, supplier);
    smf_put64(bytes + 8, revision);
    return smf_hash64(SMF_FNV64_BASIS, bytes, sizeof bytes);
}

enum smf_status smf_entry_is_current(struct smf_provider *provider, const struct smf_provider_entry *entry,
                                     bool *current, struct smf_diagnosis *why)
{
    uint64_t others = 0;
    *current = false;
    for (size_t i = 0; i < entry->asked; i++) {
        uint64_t revision = 0;
        const enum smf_status status = smf_provider_look(provider, i, entry->name, &revision, why);
        if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
            return smf_provider_fail_as(i, entry->name, status, why);
        if (i != entry->supplier)
            others ^= status == SMF_OK ? mark(i, revision) : 0;
        else if (status != SMF_OK || revision != entry->supply.revision)
            return SMF_OK;
    }
    *current = others == entry->others;
    return SMF_OK;
}

/* ---- What an entry gives ---- */

static enum smf_status read_module(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_source *source = &((const struct smf_provider_entry *)context)->supply.source;
    return source->read_at(source->context, offset, into, size);
}

/* The module of supplier `number`, in an entry that has none. */
static enum smf_status supply(struct smf_provider *provider, size_t number, struct smf_provider_entry *entry,
                              struct smf_diagnosis *why)
{
    const enum smf_status status = find(provider, number, entry->name, &entry->supply, why);
    if (status != SMF_OK)
        return status == SMF_ERR_NOT_FOUND ? status : smf_provider_fail_as(number, entry->name, status, why);
    entry->supplied = true;
    entry->supplier = number;
    entry->source = entry->supply.source;
    entry->source.context = entry;
    entry->cost = entry->source.size;
    if (entry->source.bytes == NULL)
        entry->source.read_at = read_module;
    if (is_readable(&entry->supply.source))
        return SMF_OK;
    smf_entry_empty(provider, entry);
    return smf_provider_fail_as(number, entry->name, SMF_ERR_IO, why);
}

/* ---- The choice ---- */

static struct wish wish_of(const struct smf_provider_config *config)
{
    struct wish wish = {.backend = config->backend, .mode = config->mode, .demanded = config->fixed_backend};
    if (wish.backend == SMF_BACKEND_AUTO && wish.mode == SMF_MODE_ANY && config->fixed_backend)
        wish.backend = SMF_BACKEND_LLVM;
    if (wish.backend != SMF_BACKEND_AUTO)
        wish.demanded = true;
    return wish;
}

static bool is_wish(const struct wish *wish) { return wish->backend != SMF_BACKEND_AUTO || wish->mode != SMF_MODE_ANY; }

/* Does the module at hand prove the backend? Untagged modules prove nothing. */
static enum smf_status judge(struct smf_provider *provider, struct smf_provider_entry *entry, const struct wish *wish,
                             bool *accepted, struct smf_diagnosis *why)
{
    *accepted = true;
    if (!is_wish(wish))
        return SMF_OK;
    const enum smf_status status = smf_entry_learn(provider, entry, why);
    if (status != SMF_OK)
        return status;
    const enum smf_backend backend = (enum smf_backend)entry->options.backend;
    *accepted = entry->options.tagged && (wish->backend != SMF_BACKEND_AUTO ? backend == wish->backend
                                                                            : smf_backend_serves(backend, wish->mode));
    return SMF_OK;
}

static void reject(struct smf_provider *provider, struct smf_provider_entry *entry, struct rejected *first)
{
    if (!first->any)
        *first = (struct rejected){.any = true,
                                   .tagged = entry->options.tagged,
                                   .backend = entry->options.backend,
                                   .supplier = entry->supplier,
                                   .revision = entry->supply.revision};
    entry->others ^= mark(entry->supplier, entry->supply.revision);
    smf_entry_empty(provider, entry);
}

/* "llvm for core/alpha" */
static enum smf_status refuse_backend(const struct wish *wish, const struct rejected *first, const char *name,
                                      struct smf_diagnosis *why)
{
    static const char modes[][8] = {"any", "release", "debug"};
    const char *parts[] = {wish->backend != SMF_BACKEND_AUTO ? smf_backend_name(wish->backend) : modes[wish->mode],
                           " for ", name};
    char text[SMF_DIAGNOSIS_NAME_SIZE + 1]; /* one more, so that it is seen to be cut */
    size_t length = 0;
    smf_fail_clear(why);
    for (unsigned i = 0; i < 3; i++)
        for (const char *from = parts[i]; *from != '\0' && length < sizeof text; from++)
            text[length++] = *from;
    smf_fail_name(why, text, length);
    why->index = (uint32_t)first->supplier;
    return smf_fail(why, first->tagged ? SMF_DETAIL_OTHER_BACKEND : SMF_DETAIL_UNTAGGED, 0, first->backend, 0);
}

/* Nobody has what is wished for: what the first one has will do, unless it is demanded. */
static enum smf_status fall_back(struct smf_provider *provider, struct smf_provider_entry *entry,
                                 const struct wish *wish, const struct rejected *first, struct smf_diagnosis *why)
{
    if (!first->any)
        return smf_provider_fail(why, SMF_DETAIL_NO_MODULE, entry->name, provider->config.supplier_count, 0);
    if (wish->demanded)
        return refuse_backend(wish, first, entry->name, why);
    const enum smf_status status = supply(provider, first->supplier, entry, why);
    if (status == SMF_ERR_NOT_FOUND) /* it was there a moment ago */
        return smf_provider_fail(why, SMF_DETAIL_NO_MODULE, entry->name, provider->config.supplier_count, 0);
    if (status != SMF_OK)
        return status;
    entry->others ^= mark(first->supplier, first->revision);
    provider->statistics.fallbacks++;
    return SMF_OK;
}

static enum smf_status choose(struct smf_provider *provider, struct smf_provider_entry *entry,
                              struct smf_diagnosis *why)
{
    const struct wish wish = wish_of(&provider->config);
    struct rejected first = {.any = false};
    while (entry->asked < provider->config.supplier_count) {
        enum smf_status status = supply(provider, entry->asked++, entry, why);
        bool accepted = false;
        if (status == SMF_ERR_NOT_FOUND)
            continue;
        if (status == SMF_OK)
            status = judge(provider, entry, &wish, &accepted, why);
        if (status != SMF_OK || accepted)
            return status;
        reject(provider, entry, &first);
        if (provider->config.fixed_backend)
            break;
    }
    smf_fail_clear(why);
    return fall_back(provider, entry, &wish, &first, why);
}

/* ---- Acquiring ---- */

/* The cached one, if it is still what the suppliers have. */
static enum smf_status recall(struct smf_provider *provider, const char *name, struct smf_provider_entry **entry,
                              struct smf_diagnosis *why)
{
    bool current = false;
    *entry = smf_entry_find(provider, name, false);
    if (*entry == NULL)
        return SMF_OK;
    const enum smf_status status = smf_entry_is_current(provider, *entry, &current, why);
    if (status != SMF_OK || current)
        return status;
    provider->statistics.stale++;
    smf_entry_drop(provider, *entry);
    *entry = NULL;
    return SMF_OK;
}

/* What has been found is proven. A stale one is made anew and has to be looked for again: `*again` is set. NULL: not
 * any more. */
static enum smf_status prove(struct smf_provider *provider, struct smf_provider_entry *entry, unsigned needs,
                             bool *again, struct smf_diagnosis *why)
{
    const struct smf_provider_config *config = &provider->config;
    enum smf_status status = smf_entry_prove(provider, entry, needs, why);
    if (status != SMF_ERR_BACKEND || why->detail != SMF_DETAIL_STALE || config->regenerate == NULL || again == NULL)
        return status;
    smf_fail_clear(why);
    status = config->regenerate(config->validate_context, entry->name, &entry->options, why);
    if (status != SMF_OK)
        return smf_provider_fail_as(entry->supplier, entry->name, status, why);
    *again = true;
    provider->statistics.regenerated++;
    smf_entry_drop(provider, entry); /* held: its memory stays until it is released */
    return SMF_ERR_BACKEND;
}

static enum smf_status acquire(struct smf_provider *provider, const char *name, unsigned needs,
                               struct smf_provider_entry **entry, bool *again, struct smf_diagnosis *why)
{
    enum smf_status status = recall(provider, name, entry, why);
    if (status != SMF_OK)
        return status;
    const bool hit = *entry != NULL;
    if (!hit) {
        *entry = smf_entry_make(provider, name, false, why);
        if (*entry == NULL)
            return why->status;
    }
    (*entry)->holds++;
    status = hit ? SMF_OK : choose(provider, *entry, why);
    if (status == SMF_OK)
        status = prove(provider, *entry, needs, again, why);
    if (status != SMF_OK) {
        smf_entry_release(provider, *entry);
        return status;
    }
    *(hit ? &provider->statistics.modules.hits : &provider->statistics.modules.misses) += 1;
    if (!hit)
        smf_entry_keep(provider, *entry);
    else if ((*entry)->cached)
        smf_entry_touch(provider, *entry);
    return SMF_OK;
}

enum smf_status smf_entry_acquire(struct smf_provider *provider, const char *name, unsigned needs,
                                  struct smf_provider_entry **entry, struct smf_diagnosis *why)
{
    bool again = false;
    if (smf_text_is_empty(name))
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    enum smf_status status = acquire(provider, name, needs, entry, &again, why);
    if (again)
        status = acquire(provider, name, needs, entry, NULL, why);
    return status == SMF_OK ? SMF_OK : smf_entry_name_it(name, status, why);
}
