/* SPDX-License-Identifier: MIT */
/*
 * smf/compiler_json.h - smf/compiler.h for callers who have no C structures: numbers and JSON texts only. Since 0.1.
 *
 *     type   {"kind": "int", "bits": 64, "signed": true}   {"kind": "float", "bits": 32}   {"kind": "bool"}   {"kind": "string"}
 *            {"kind": "named", "name": "Vec", "args": [type, ..]}   {"kind": "array", "elem": type}
 *            {"kind": "simd", "lanes": 4, "elem": type}   {"kind": "pointer", "elem": type}
 *            {"kind": "function", "args": [type, ..], "ret": type}   {"kind": "var", "name": "T"}   {"kind": "void"}
 *            {"kind": "unknown"}
 *     hint   {"source": "call_site" | "return" | "assignment" | "constraint", "type": type, "param_index": 0 | "argument": 0}
 *
 * A type that is answered has all of these members, and its `name` as people write it ("i64", "Vec<i64>"; of a named type the
 * name alone). In types that are read, `name` is only wanted of named types and variables; without `kind` it decides, and without
 * both the type is an int; `bits` is 64 and `signed` true unless said; an array without `elem` is one of unknown; a text "Vec<i64>" is a type, too;
 * members that are not known are left aside. A hint's type may be called `ty` as well; without `source` it is a call_site;
 * `param_index` counts type parameters, `argument` those of the function, from 0 on; null or below 0 is not said.
 *
 *     template   {"name": "sort", "type_params": ["T"], "signature": "sort<T: compare>(*T, usize)"}        signature: ours, optional
 *     answers    infer_types    [type, ..]                                                              or {"error": text}
 *                instantiate    {"success": true, "kind": "native", "arch": "x86_64", "symbol": "sort$i64", "code": [1, 2, ..]}
 *                                                                                     or {"success": false, "error": text}
 *                get_stats      {"type_inferences": 0, "template_instantiations": 0, "cache_hits": 0, "cache_misses": 0, ..}
 *
 * `code` is what lies in memory, bound to its place there; it is called by its symbol's address, never from a copy.
 *
 * What is read is proven: UTF-8, one value and nothing behind it, no member twice, types in types SMF_TYPE_DEPTH deep, SMF_JSON_SIZE_MAX
 * bytes. A text that is refused is answered with an error that says where.
 *
 * Contexts are known by handles: positive, increasing, never given twice. On any other number calls answer an error that says
 * "invalid handle", or false. Calls may come from any thread; one runs at a time.
 *
 * Answers are the caller's: smf_json_free(). NULL: no memory. A build without its JSON library (smf_json_is_here) answers
 * errors, false and 0 to everything.
 */
#ifndef SMF_COMPILER_JSON_H
#define SMF_COMPILER_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "smf/compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest text that is read, in bytes. */
#define SMF_JSON_SIZE_MAX 0x1000000u

bool smf_json_is_here(void);

/* A context of this compiler; NULL: smf_compiler_units; options NULL: none. 0: `why` (may be NULL) says what
 * create() said. */
int64_t smf_json_create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                        struct smf_diagnosis *why);
/* False: no such context. */
bool smf_json_destroy(int64_t context);

char *smf_json_infer_types(int64_t context, const char *template, const char *hints);
char *smf_json_instantiate(int64_t context, const char *template, const char *types);
/* `code`: an answer of instantiate, or its array alone. Is it code that the context vouches for (smf_compiler.check)? */
bool smf_json_check_types(int64_t context, const char *code);
char *smf_json_get_stats(int64_t context);

/* Make two types one: the type that both are, with what each says of the other's variables; else {"error": "expected .., found .."}. */
char *smf_json_unify(int64_t context, const char *left, const char *right);

/* ---- Types ---- */

char *smf_json_type_int(unsigned bits, bool is_signed); /* {"error": text} if there is no such type */
char *smf_json_type_float(unsigned bits);
char *smf_json_type_bool(void);
char *smf_json_type_string(void);
char *smf_json_type_named(const char *name, const char *arguments); /* an array of types; NULL: none */
/* A type as people write it, "Vec<i64>"; no JSON. "unknown" for what is no type. */
char *smf_json_type_to_string(const char *type);

void smf_json_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
