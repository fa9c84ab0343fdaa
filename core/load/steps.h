/* SPDX-License-Identifier: MIT */
/*
 * load/steps.h - a load in steps, for core/system: several modules on their way
 * at once, which can be bound to each other because all of them have addresses
 * before the first one is bound. smf_load() is these steps in a row.
 *
 * NOTICE: no step takes the port's lock; who calls them holds it. Loads end in the
 * reverse order of their start where that is possible: scratch then leaves no holes.
 */
#ifndef SMF_LOAD_STEPS_H
#define SMF_LOAD_STEPS_H

#include "smf/load.h"

struct load;

/* Begin a load: what it needs is known then, nothing is reserved, and its image is open. After a failure there is
 * nothing to end. `why` is used until the end. */
SMF_MUST_CHECK enum smf_status smf_load_begin(struct smf_loader *loader, const struct smf_source *source,
                                              struct smf_diagnosis *why, struct load **load);

/* The open image; good until the end. */
struct smf_image *smf_load_image(struct load *load);

/* How many exports it has at most. */
uint32_t smf_load_export_limit(const struct load *load);

/* Reserve memory and copy: its module has addresses. Exports of canonical files can be looked up; those of older
 * ones depend on what they are bound to. */
SMF_MUST_CHECK enum smf_status smf_load_settle(struct load *load);

/* The module on its way, or NULL before it is settled; not in the loader's list yet. */
struct smf_module *smf_load_module(const struct load *load);

/* Bind and relocate, all but the imports that come later. */
SMF_MUST_CHECK enum smf_status smf_load_connect(struct load *load);

/* These, and seal. In a group when all of it has been connected: what they are made of is relocated then. */
SMF_MUST_CHECK enum smf_status smf_load_complete(struct load *load);

/* The end, whatever came before: with `keep`, after smf_load_complete(), the module joins the loader's list; else
 * everything is given back. */
void smf_load_end(struct load *load, bool keep);

/* Export number `number` as an index wants it. False: a source that was to stay has changed. */
struct smf_load_offer {
    const char *name;
    size_t room; /* bytes from there to the end of all names: the name ends before */
    uintptr_t address;
    enum smf_kind kind; /* SMF_KIND_UNKNOWN: a template, without an address */
    uint32_t hash;      /* as the file says; may be wrong */
    bool weak;
};
bool smf_load_offer(const struct smf_module *module, uint32_t number, struct smf_load_offer *offer);

/* smf_unload() without the lock, for a module that is in the list. */
void smf_load_release(struct smf_loader *loader, struct smf_module *module);

/* The loader's arena. */
struct smf_arena *smf_load_arena(struct smf_loader *loader);

#endif
