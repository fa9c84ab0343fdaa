/* SPDX-License-Identifier: MIT */
/* compress.h - private to host/build: sections made smaller, or in no_compress.c a refusal. */
#ifndef SMF_HOST_COMPRESS_H
#define SMF_HOST_COMPRESS_H

#include "build.h"
#include "smf/writer.h"

/* Compress what the writer has by options->compression, each section where that makes it smaller; false after build_fail(). */
bool build_compress(struct build *build, struct smf_writer *writer);

#endif
