/* SPDX-License-Identifier: MIT */
/* order.c - a module that tells the host whatever of it runs. NAME is its name, TOLD what it calls itself, USES the
 * module whose function it calls, while it starts, too. */
#include "smf/module.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)
#define FUNCTION_OF(name) name##_value
#define FUNCTION(name) FUNCTION_OF(name)

extern void starting_note(const char *text);
extern int starting_refuses(const char *name);
int FUNCTION(NAME)(void);

static int value;
#if defined(USES)
extern int FUNCTION(USES)(void);
static int provided(void) { return FUNCTION(USES)(); }
#else
static int provided(void) { return STARTS_AT; }
#endif

int FUNCTION(NAME)(void) { return value; }

static void before(void) { starting_note(TEXT(TOLD) ".preinit"); }
static void first(void)
{
    starting_note(TEXT(TOLD) ".init1");
    value = provided() + 1;
}
static void second(void) { starting_note(TEXT(TOLD) ".init2"); }
static void last(void)
{
    starting_note(TEXT(TOLD) ".fini1");
    value = provided() < 0 ? 1 : -1; /* whoever it uses is there to the end */
}
static void last_but_one(void) { starting_note(TEXT(TOLD) ".fini2"); }

__attribute__((section(".preinit_array"), used)) static void (*preinit[])(void) = {before};
__attribute__((section(".init_array"), used)) static void (*init[])(void) = {first, second};
__attribute__((section(".fini_array"), used)) static void (*fini[])(void) = {last, last_but_one};

int smf_module_on_start(void)
{
    starting_note(TEXT(TOLD) ".start");
    return starting_refuses(TEXT(TOLD));
}

void smf_module_on_stop(void) { starting_note(TEXT(TOLD) ".stop"); }
