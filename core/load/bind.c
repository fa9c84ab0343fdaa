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
    if (index >= load->image.header.symbol_count || smf_image_symbol(&load->image, index, &load->named, NULL) != SMF_OK)
        return;
    if (smf_image_name(&load->image, load->named.name, kept, SMF_DIAGNOSIS_NAME_SIZE, &name, &length, NULL) != SMF_OK)
        kept[0] = '\0';
    else if (name != kept)
        smf_fail_name(load->why, name, length);
}

static enum smf_status ask(struct load *load, const struct smf_binding_request *request,
                           struct smf_binding_answer *answer)
{
    const struct smf_config *config = &load->loader->config;
    memset(answer, 0, sizeof *answer);
    return config->resolve != NULL ? config->resolve(config->resolve_context, request, answer) : SMF_ERR_NOT_FOUND;
}

/* A stub that the file brings (DESIGN D1). */
static uint64_t stub_address(const struct load *load, const struct smf_symbol *symbol)
{
    if (symbol->stub_size == 0)
        return 0;
    return (load->groups[GROUP_CODE].address + load->places[load->image.first_code].offset + symbol->value) |
           (load->arch->id == SMF_ARCH_ARM); /* Thumb, whether or not its offset says so [S10] */
}

static enum smf_status accept(struct load *load, const struct smf_symbol *symbol,
                              const struct smf_binding_request *request, const struct smf_binding_answer *answer)
{
    struct bound *bound = &load->bounds[request->index - load->undefined_first];
    if (load->arch->pointer_size == 4 && answer->address > UINT32_MAX) {
        load->why->index = request->index;
        smf_fail_name(load->why, request->name, request->length);
        return smf_fail(load->why, SMF_DETAIL_FAR_ADDRESS, 0, answer->address, UINT32_MAX);
    }
    bound->address = answer->address;
    bound->kind = (uint8_t)(answer->kind != SMF_KIND_UNKNOWN ? answer->kind : request->hint);
    bound->state = BOUND_FOUND;
    bound->by_stub = (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0;
    return SMF_OK;
}

/* Nobody has it. Weak ones are 0, the code area's start may stand in for "either"; the rest is reported, all of it. */
static enum smf_status miss(struct load *load, const struct smf_symbol *symbol,
                            const struct smf_binding_request *request, struct smf_diagnosis *first)
{
    struct bound *bound = &load->bounds[request->index - load->undefined_first];
    bound->state = BOUND_MISSING;
    if (symbol->place == SMF_PLACE_EITHER && load->groups[GROUP_CODE].size != 0) {
        bound->address = load->groups[GROUP_CODE].address;
        bound->kind = SMF_KIND_FUNCTION;
        bound->state = BOUND_FOUND;
        return SMF_OK;
    }
    if (request->weak)
        return SMF_OK;
    if (load->loader->config.missing != NULL)
        load->loader->config.missing(load->loader->config.missing_context, request->name);
    if (first->status == SMF_OK) {
        first->index = request->index;
        first->stage = SMF_STAGE_BIND;
        smf_fail_name(first, request->name, request->length);
        smf_fail(first, SMF_DETAIL_NO_PROVIDER,
                 load->image.symbol_table + (uint64_t)request->index * load->image.header.symbol_stride, request->index,
                 0);
    }
    return SMF_OK;
}

/* The symbol door; where the record can be addressed, what most imports are is seen at once. */
static enum smf_status read_symbol(struct load *load, uint32_t index, struct smf_symbol *symbol)
{
    const struct smf_image *image = &load->image;
    if (image->header.canonical && load->source->bytes != NULL && index < image->header.symbol_count) {
        const uint8_t *table = (const uint8_t *)load->source->bytes + image->symbol_table;
        if (smf_image_plain_symbol(image, index, table + (size_t)index * SMF_S56_SIZE, symbol))
            return SMF_OK;
    }
    return smf_image_symbol(&load->image, index, symbol, load->why);
}

static enum smf_status bind_symbol(struct load *load, uint32_t index, struct smf_diagnosis *first)
{
    struct smf_symbol symbol;
    struct smf_binding_request request = {.index = index};
    struct smf_binding_answer answer;
    enum smf_status status = read_symbol(load, index, &symbol);
    if (status != SMF_OK || (symbol.place != SMF_PLACE_UNDEFINED && symbol.place != SMF_PLACE_EITHER))
        return status;
    status = smf_image_name(&load->image, symbol.name, load->name, load->import_name_size, &request.name,
                            &request.length, load->why);
    if (status == SMF_ERR_NO_SPACE)
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.string_table + symbol.name, 0, 0);
    if (status == SMF_OK)
        status = smf_load_spend(load, request.length);
    if (status != SMF_OK)
        return status;
    request.hash = symbol.hash;
    request.weak = symbol.binding == SMF_BINDING_WEAK;
    request.hint = symbol.type == SMF_SYMBOL_FUNCTION ? SMF_KIND_FUNCTION
                   : symbol.type == SMF_SYMBOL_DATA   ? SMF_KIND_DATA
                                                      : SMF_KIND_UNKNOWN;
    load->bounds[index - load->undefined_first].stub = stub_address(load, &symbol);
    status = ask(load, &request, &answer);
    if (status == SMF_ERR_NOT_FOUND)
        return miss(load, &symbol, &request, first);
    if (status == SMF_OK)
        return accept(load, &symbol, &request, &answer);
    load->why->index = index;
    smf_fail_name(load->why, request.name, request.length);
    smf_fail(load->why, SMF_DETAIL_RESOLVER, 0, (uint64_t)(-(int64_t)status), 0);
    return load->why->status = status;
}

enum smf_status smf_load_bind(struct load *load)
{
    struct smf_diagnosis first;
    smf_fail_clear(&first);
    load->name_work = 0;
    memset(load->bounds, 0, load->undefined_count * sizeof load->bounds[0]);
    for (uint32_t i = 0; i < load->undefined_count; i++) {
        enum smf_status status = bind_symbol(load, load->undefined_first + i, &first);
        if (status == SMF_OK && (i & (SMF_PROGRESS_RECORDS - 1)) == SMF_PROGRESS_RECORDS - 1)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    if (first.status != SMF_OK)
        *load->why = first;
    return first.status;
}
