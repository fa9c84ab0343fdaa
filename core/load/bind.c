/* SPDX-License-Identifier: MIT */
/* bind.c - stage BIND: each undefined symbol is asked of the resolver, once, in table order (decision 7). */
#include "image/door.h"
#include "load/load.h"

void smf_load_name_symbol(struct load *load, uint32_t index)
{
    /* NULL: the diagnosis that is being written must survive the doors. */
    char *const kept = load->why->name;
    const char *name;
    size_t length;
    kept[0] = '\0';
    if (index >= load->image.header.symbol_count ||
        smf_image_symbol(&load->image, index, &load->symbol, NULL) != SMF_OK)
        return;
    if (smf_image_name(&load->image, load->symbol.name, kept, SMF_DIAGNOSIS_NAME_SIZE, &name, &length, NULL) != SMF_OK)
        kept[0] = '\0';
    else if (name != kept)
        smf_fail_name(load->why, name, length);
}

/* A stub that the file brings (DESIGN D1). */
static uintptr_t stub_address(const struct load *load)
{
    const struct smf_symbol *symbol = &load->symbol;
    if (symbol->stub_size == 0)
        return 0;
    const struct place *place = &load->places[load->image.first_code];
    return (load->groups[place->group].address + place->offset + symbol->value) |
           (load->arch->id == SMF_ARCH_ARM); /* Thumb, whether or not its offset says so [S10] */
}

/* Nobody has it. Weak ones are 0, the code area's start may stand in for "either"; the rest is reported, all of it. */
static enum smf_status miss(struct load *load, const struct smf_binding_request *request, struct bound *bound)
{
    const struct smf_config *config = &load->loader->config;
    struct smf_diagnosis *first = &load->first;
    bound->state = BOUND_MISSING;
    if (smf_load_older_start(load, bound))
        return SMF_OK;
    if (request->weak)
        return SMF_OK;
    if (config->missing != NULL)
        config->missing(config->missing_context, request->name);
    if (first->status == SMF_OK) {
        first->index = request->index;
        first->stage = SMF_STAGE_BIND;
        smf_fail_name(first, request->name, request->length);
        smf_fail(first, SMF_DETAIL_NO_PROVIDER,
                 load->image.symbol_table + (size_t)request->index * load->image.header.symbol_stride, request->index,
                 0);
    }
    return SMF_OK;
}

static void keep_origin(const struct load *load, struct bound *bound, const struct smf_binding_answer *answer)
{
    struct origin *origin = &load->origins[bound - load->bounds];
    bound->flags = (uint8_t)answer->flags;
    origin->token = answer->token;
    origin->provider = answer->provider;
}

/* What is to come later stands for nothing until then. Once: a second time it has to be said. */
static enum smf_status wait(struct load *load, const struct smf_binding_request *request, struct bound *bound)
{
    if (load->loader->config.later == NULL || !load->image.header.canonical || bound->state == BOUND_LATER) {
        load->why->index = request->index;
        smf_fail_name(load->why, request->name, request->length);
        return smf_load_fail(load, SMF_DETAIL_NOT_LATER, 0, 0);
    }
    bound->state = BOUND_LATER;
    bound->flags = SMF_BINDING_LATER;
    load->later_count++;
    return SMF_OK;
}

static enum smf_status refuse(struct load *load, const struct smf_binding_request *request, enum smf_status status)
{
    smf_fail_name(load->why, request->name, request->length);
    smf_load_fail(load, SMF_DETAIL_RESOLVER, (size_t) - (ptrdiff_t)status, 0);
    return load->why->status = status;
}

/* These two in line: twice in the file, but who needs no second pass has them once, and calls are felt. */
#define SMF_INLINE static inline __attribute__((always_inline))

/* Ask the resolver, and write down what it says. */
SMF_INLINE enum smf_status ask(struct load *load, const struct smf_binding_request *request)
{
    struct bound *bound = &load->bounds[request->index - load->undefined_first];
    struct smf_binding_answer answer;
    answer.address = 0; /* one by one: a call of memset takes longer than all of them */
    answer.kind = SMF_KIND_UNKNOWN;
    answer.flags = 0;
    answer.token = 0;
    answer.provider = NULL;
    const enum smf_status status =
        load->resolve != NULL ? load->resolve(load->resolve_context, request, &answer) : SMF_ERR_NOT_FOUND;
    bound->stub = stub_address(load);
    if (status == SMF_ERR_NOT_FOUND)
        return miss(load, request, bound);
    const uintptr_t most = smf_load_pointer_size(load) == 4 ? UINT32_MAX : UINTPTR_MAX;
    if (answer.flags != 0 && status == SMF_OK) {
        if ((answer.flags & SMF_BINDING_LATER) != 0)
            return wait(load, request, bound);
        if (load->origins != NULL)
            keep_origin(load, bound, &answer);
    }
    if (status == SMF_OK && answer.address <= most) {
        bound->address = (uintptr_t)answer.address;
        bound->kind = (uint8_t)(answer.kind != SMF_KIND_UNKNOWN ? answer.kind : request->hint);
        bound->state = BOUND_FOUND;
        bound->by_stub = (load->symbol.flags & SMF_SYMBOL_FLAG_BY_STUB) != 0;
        return SMF_OK;
    }
    load->why->index = request->index;
    if (status != SMF_OK) /* what comes later may have been explained */
        return load->resolve_context == load && load->why->status == status ? status : refuse(load, request, status);
    smf_fail_name(load->why, request->name, request->length);
    return smf_load_fail(load, SMF_DETAIL_FAR_ADDRESS, smf_word(answer.address), most);
}

SMF_INLINE enum smf_status bind_symbol(struct load *load, uint32_t index)
{
    static const uint8_t hints[] = {[SMF_SYMBOL_FUNCTION] = SMF_KIND_FUNCTION, [SMF_SYMBOL_DATA] = SMF_KIND_DATA};
    const struct smf_symbol *symbol = &load->symbol;
    struct smf_binding_request request;
    enum smf_status status = smf_image_symbol(&load->image, index, &load->symbol, load->why);
    if (status != SMF_OK || !smf_load_is_import(symbol))
        return status;
    status = smf_image_name(&load->image, symbol->name, load->name, load->import_name_size, &request.name,
                            &request.length, load->why);
    if (status == SMF_ERR_NO_SPACE)
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.string_table + symbol->name, 0, 0);
    if (status == SMF_OK)
        status = smf_load_spend(load, request.length);
    if (status != SMF_OK)
        return status;
    request.index = index;
    request.hash = symbol->hash;
    request.weak = symbol->binding == SMF_BINDING_WEAK;
    request.hint = symbol->type < sizeof hints ? (enum smf_kind)hints[symbol->type] : SMF_KIND_UNKNOWN;
    return ask(load, &request);
}

enum smf_status smf_load_bind_symbol(struct load *load, uint32_t index) { return bind_symbol(load, index); }

enum smf_status smf_load_bind(struct load *load)
{
    load->name_work = 0;
    load->resolve = load->loader->config.resolve;
    load->resolve_context = load->loader->config.resolve_context;
    if (load->undefined_count != 0)
        memset(load->bounds, 0, load->undefined_count * sizeof load->bounds[0]);
    for (uint32_t i = 0; i < load->undefined_count; i++) {
        enum smf_status status = bind_symbol(load, load->undefined_first + i);
        if (status == SMF_OK)
            status = smf_load_progress_at(load, i);
        if (status != SMF_OK)
            return status;
    }
    if (load->first.status != SMF_OK)
        *load->why = load->first;
    return load->first.status;
}
