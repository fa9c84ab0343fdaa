/* SPDX-License-Identifier: MIT */
/* telling.c - see telling.h. */
#include "telling.h"

#include <stdio.h>
#include <string.h>

#include "harness/tap.h"

char told[1024];
const char *told_refuses;
unsigned told_refusals, told_refused;

static void note(const char *event)
{
    const size_t length = strlen(told);
    if (length + strlen(event) + 2 <= sizeof told)
        snprintf(told + length, sizeof told - length, "%s ", event);
}

static int refuses(const char *name)
{
    return told_refuses != NULL && strcmp(told_refuses, name) == 0 && told_refused++ < told_refusals ? 7 : 0;
}

static const struct smf_export entries[] = {
    {"starting_note",    (uintptr_t)note,    SMF_KIND_FUNCTION, 0},
    {"starting_refuses", (uintptr_t)refuses, SMF_KIND_FUNCTION, 0},
};
static const struct smf_exports host = {.entries = entries, .count = 2};
const struct smf_exports *const told_hosts[1] = {&host};

void told_forget(void) { told[0] = '\0'; }

int told_at(const char *event)
{
    char text[32];
    snprintf(text, sizeof text, "%s ", event);
    const char *const found = strstr(told, text);
    if (found == NULL)
        return -1;
    tap_check(strstr(found + 1, text) == NULL, __FILE__, __LINE__, "%s twice in: %s", event, told);
    return (int)(found - told);
}

void told_check_before(const char *first, const char *second)
{
    tap_check(told_at(first) >= 0 && told_at(first) < told_at(second), __FILE__, __LINE__, "%s before %s in: %s", first,
              second, told);
}
