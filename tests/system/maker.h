/* SPDX-License-Identifier: MIT */
/*
 * maker.h - a maker of instances on paper, for a scene: it knows a template `lib$...` where a version of a module
 * `lib` has been added, looks at the type as an instantiator would, and answers with addresses of the host's. What it is
 * told is written down, and what no system may do to it is noticed: memory that goes before those who hold it.
 *
 *     maker_start(NULL);
 *     scene_open();
 *     maker_shelve_library("lib");
 *     maker_shelve_user("user", "lib$Point");      its descriptor Point is at .data + 0, and points to .text + 16
 *     user = scene_load("user", SMF_OK);
 *     scene_slot(user, 0) == maker_address("lib$Point", user);
 *     maker_end();
 */
#ifndef SMF_TESTS_MAKER_H
#define SMF_TESTS_MAKER_H

#include "system/scene.h"

enum { MAKER_VERSIONS = 16, MAKER_INSTANCES = 16, MAKER_HOLDS = 4 };

struct maker {
    struct smf_system_generics generics;
    struct smf_system *system; /* as told */
    struct {
        uint32_t number;
        char name[24];
        bool retired;
    } versions[MAKER_VERSIONS]; /* that were added and not removed */
    struct {
        char symbol[32];
        uint32_t importer;
        uint64_t address; /* 0: free */
        struct smf_handle holds[MAKER_HOLDS];
        uint32_t hold_count;
    } instances[MAKER_INSTANCES];
    char log[1024];   /* "add lib#1;make user#2 lib$Point;retire ..."; `can` is not in it */
    unsigned can;     /* calls                                                             */
    unsigned made;    /* instances since the start                                         */
    unsigned fail_at; /* the call of add, make or make_generic that fails; 0: none         */
    unsigned fallible;
    enum smf_status fail_with;
    bool says_nothing;  /* a failure leaves its diagnosis alone     */
    bool holds_stale;   /* an instance holds a version that is none */
    void (*each)(void); /* called in every call                     */
};
extern struct maker maker;

void maker_start(const struct smf_arch *arch); /* scene_start(), with config.generics */
void maker_end(void);                          /* scene_end(): everything was removed */

void maker_shelve_library(const char *name); /* template NAME, function NAME_help */
void maker_shelve_user(const char *name,
                       const char *symbol); /* exports NAME_run, and weakly Point; imports symbol into slot 0 */
void maker_describe_user(const char *name, const char *symbol); /* the same, not shelved yet */

/* What was made under a symbol for a version (0: for whoever asked), and how many instances there are. */
uint64_t maker_address(const char *symbol, struct smf_handle importer);
unsigned maker_count(void);
void maker_forget_log(void);

#endif
