/* SPDX-License-Identifier: MIT */
/* bytes.c - what is too long to be inline on small machines. */
#include "base/bytes.h"

#if SIZE_MAX == UINT32_MAX
size_t smf_get_size(const uint8_t *at) { return smf_get32(at + 4) == 0 ? smf_get32(at) : SIZE_MAX; }
#endif
