/* SPDX-License-Identifier: MIT */
/* ar.h - the verbs of `smf ar`, each in a file of its own: argv[0] is the verb; they return the exit status. */
#ifndef SMF_TOOLS_AR_H
#define SMF_TOOLS_AR_H

int smf_ar_create(int argc, char **argv);
int smf_ar_extract(int argc, char **argv);

/* "smf: ar VERB: WHAT; try smf ar VERB --help" to standard error; returns 2. */
int smf_ar_misused(const char *verb, const char *what);
int smf_ar_unknown(const char *verb, const char *option);

#endif
