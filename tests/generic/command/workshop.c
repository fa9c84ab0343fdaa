/* SPDX-License-Identifier: MIT */
/* workshop.c - an instantiator with memory of malloc: it starts, makes an instance that runs, ends, and refuses what it cannot. */
#include "smf/workshop.h"

#include <string.h>

#include "harness/tap.h"
#include "support/own_port.h"
#include "support/template_forge.h"

static struct smf_workshop workshop;
static const char *traced;

static void trace(void *context, const char *name, enum smf_status status)
{
    *(enum smf_status *)context = status;
    traced = name != NULL ? "named" : "";
}

static void makes_what_runs(void)
{
    static const struct smf_write_record *const records[] = {&forge_size_of};
    const struct template_module what = {.records = records, .record_count = 1, .arch = smf_arch_native()->id};
    struct smf_instantiator_config config = smf_instantiator_defaults();
    enum smf_status last = SMF_ERR_EMPTY;
    config.trace = trace;
    config.trace_context = &last;
    const struct smf_workshop_options options = {.port = own_port(), .config = &config};
    struct smf_section sections[8];
    struct smf_image image;
    struct smf_diagnosis why;
    struct forged file;
    forge_template_module(&what, &file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_MODULE);
    const struct smf_type type = {.kind = SMF_TYPE_INT, .bits = 16};
    struct smf_instance instance;
    CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_OK);
    CHECK(workshop.generics.make != NULL && workshop.generics.context == &workshop.instantiator);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &why), SMF_OK);
    const struct smf_instantiator_item item = {.number = 1, .name = "lib", .image = &image};
    CHECK_STATUS(smf_instantiator_add(&workshop.instantiator, &item, &why), SMF_OK);
    CHECK_STATUS(smf_instantiate(&workshop.instantiator, 1, "size_of", &type, &instance, &why), SMF_OK);
    CHECK_EQUAL(((size_t(*)(void))instance.function)(), 2);
    CHECK(last == SMF_OK && traced != NULL);
    smf_workshop_finish(&workshop);
    CHECK(workshop.arena == NULL);
    smf_workshop_finish(&workshop); /* nothing */
    forge_free(&file);
}

/* What fails leaves nothing: the same storage starts afterwards. */
static void what_is_refused(void)
{
    struct smf_workshop_options options = {.port = NULL};
    CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_ERR_ARGUMENT);
    options.port = own_port();
    for (size_t size = 1; size < 6000; size += 499) {
        options.arena_size = size;
        CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_ERR_NO_ARENA);
        CHECK(workshop.arena == NULL);
    }
/* Sanitizers end the program instead; Windows commits what is taken, and all that this machine has is too much. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(_WIN32)
    options.arena_size = SIZE_MAX / 2 + 1; /* halved until there is so much */
    CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_OK);
    smf_workshop_finish(&workshop);
#endif
    struct smf_instantiator_config config = smf_instantiator_defaults();
    config.bucket_count = 3;
    options = (struct smf_workshop_options){.port = own_port(), .config = &config};
    CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_ERR_ARGUMENT);
    CHECK(workshop.arena == NULL);
    config.bucket_count = 0;
    CHECK_STATUS(smf_workshop_start(&workshop, &options), SMF_OK);
    smf_workshop_finish(&workshop);
}

static const struct tap_case cases[] = {
    {"makes_what_runs", makes_what_runs},
    {"what_is_refused", what_is_refused},
};
TAP_MAIN(cases)
