/* SPDX-License-Identifier: MIT */
/* portable.c - what smf::compiler does on every host, and what it says where a part of it is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/compiler.h"
#include "smf/compiler_json.h"
#include "smf/persist.h"

static struct smf_diagnosis why;

static void types_are_inferred_without_a_compiler(void)
{
    const struct smf_compiler_options options = {.remembered = 4};
    const struct smf_compiler_template template = {.name = "sort", .signature = "sort<T: compare>(*T, usize)"};
    const struct smf_type real = {.kind = SMF_TYPE_FLOAT, .bits = 32};
    const struct smf_type pointer = {.kind = SMF_TYPE_POINTER, .arguments = &real};
    const struct smf_infer_hint hint = {SMF_HINT_CALL_SITE, -1, 0, &pointer};
    const struct smf_type *types = NULL;
    struct smf_compiled compiled;
    struct smf_compiler_context *context;
    CHECK_STATUS(smf_compiler_units.create(&smf_compiler_units, &options, &context, &why), SMF_OK);
    CHECK_STATUS(smf_compiler_units.infer(context, &template, &hint, 1, &types, &why), SMF_OK);
    CHECK(types != NULL && types->kind == SMF_TYPE_FLOAT && types->bits == 32 && types->next == NULL);
    CHECK_STATUS(smf_compiler_units.instantiate(context, &template, types, &compiled, &why), SMF_ERR_UNSUPPORTED);
    CHECK_TEXT(why.name, "sort: nothing makes code here");
    smf_compiler_units.destroy(context);
}

/* All are listed; those that do not work say so, and never take the place of one that does. */
static void compilers_that_are_left_out_say_so(void)
{
    const struct smf_compiler_options options = {0};
    size_t count = 0;
    for (const struct smf_compiler *compiler; (compiler = smf_compiler_get(count)) != NULL; count++) {
        struct smf_compiler_context *context = NULL;
        const enum smf_status status = compiler->create(compiler, &options, &context, &why);
        tap_note("%s: %s", compiler->name, status == SMF_OK ? "works" : why.name);
        CHECK(status == SMF_OK || status == SMF_ERR_UNSUPPORTED);
        CHECK(compiler->present || status == SMF_ERR_UNSUPPORTED);
        CHECK(status == SMF_OK || why.name[0] != '\0');
        CHECK_EQUAL(smf_compiler_works(compiler), status == SMF_OK);
        if (status == SMF_OK)
            compiler->destroy(context);
    }
    CHECK_EQUAL(count, 4);
    const struct smf_compiler *found = NULL;
    CHECK_STATUS(smf_compiler_choose(SMF_BACKEND_AUTO, SMF_MODE_RELEASE, false, &found, &why), SMF_OK);
    CHECK(found != NULL && smf_compiler_works(found));
    CHECK_STATUS(smf_compiler_choose(SMF_BACKEND_VHDL, SMF_MODE_ANY, true, &found, &why), SMF_ERR_BACKEND);
    CHECK_TEXT(why.name, "vhdl");
}

static void json_that_is_left_out_says_so(void)
{
    const int64_t context = smf_json_create(NULL, NULL, &why);
    char *types = smf_json_infer_types(context, "{\"name\": \"f\", \"type_params\": [\"T\"]}", "[]");
    CHECK(types != NULL);
    if (smf_json_is_here()) {
        CHECK(context > 0 && types != NULL && strstr(types, "\"i64\"") != NULL);
        CHECK(smf_json_destroy(context));
    } else {
        CHECK_EQUAL(context, 0);
        CHECK_STATUS(why.status, SMF_ERR_UNSUPPORTED);
        CHECK(types != NULL && strstr(types, "\"error\": \"this build has no JSON library\"") != NULL);
        CHECK(!smf_json_destroy(1));
        CHECK(!smf_json_check_types(1, "[1]"));
    }
    smf_json_free(types);
}

static void instances_are_remembered(void)
{
    static const char module[] = "compiler portable.smf", sidecar[] = "compiler portable.smf" SMF_PERSIST_SUFFIX;
    struct smf_persist persist;
    const struct smf_persist_row row = {.base = "sort", .type_args = "a|b", .mangled = "sort$X"};
    remove(sidecar);
    for (unsigned round = 0; round < 3; round++) {
        CHECK_STATUS(smf_persist_start(&persist, module), SMF_OK);
        CHECK_STATUS(smf_persist_read(&persist, &why), SMF_OK);
        CHECK_EQUAL(persist.count, round != 0);
        CHECK_EQUAL(persist.malformed, 0);
        CHECK_STATUS(smf_persist_add(&persist, &row), SMF_OK);
        CHECK_STATUS(smf_persist_write(&persist, &why), SMF_OK);
        CHECK_TEXT(smf_persist_get(&persist, 0).type_args, "a|b");
        smf_persist_finish(&persist);
    }
    CHECK_EQUAL(remove(sidecar), 0);
    CHECK_STATUS(smf_persist_start(&persist, "no such folder/m.smf"), SMF_OK);
    CHECK_STATUS(smf_persist_read(&persist, &why), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &why), SMF_ERR_IO);
    CHECK_EQUAL(persist.failed_updates, 1);
    smf_persist_finish(&persist);
}

static const struct tap_case cases[] = {
    {"types_are_inferred_without_a_compiler", types_are_inferred_without_a_compiler},
    {"compilers_that_are_left_out_say_so",    compilers_that_are_left_out_say_so   },
    {"json_that_is_left_out_says_so",         json_that_is_left_out_says_so        },
    {"instances_are_remembered",              instances_are_remembered             },
};
TAP_MAIN(cases)
