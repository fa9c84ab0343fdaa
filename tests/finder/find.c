/* SPDX-License-Identifier: MIT */
/* find.c - smf/finder.h: which file or library a name means, and what a module that is not there is told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static struct scene scene;

/* ---- What a getter has to do ---- */

static void getter_adds_each_search_path_once(void)
{
    char absolute[1024];
    scene_start(&scene, 0);
    put_text(&scene, "a/one.smf", "one");
    put_folder(&scene, "b");
    add_folder(&scene, "a");
    add_folder(&scene, "b");
    add_folder(&scene, "a");
    add_folder(&scene, "a/");
    add_folder(&scene, "b/../a");
    add_folder(&scene, "later"); /* it need not be there yet */
    add_folder(&scene, "later");
    snprintf(absolute, sizeof absolute, "%s, %s, %s", at(&scene, "a"), at(&scene, "b"), at(&scene, "later"));
    CHECK_TEXT(smf_finder_places(&scene.finder), absolute);
    CHECK_STATUS(smf_finder_add_folder(&scene.finder, ""), SMF_ERR_ARGUMENT);
    check_get(&scene, "one", "one", "a/one.smf");
    put_text(&scene, "later/two.smf", "two");
    check_get(&scene, "two", "two", "later/two.smf");
    scene_end(&scene);
}

static void getter_adds_each_library_once(void)
{
    static const struct stored stored[] = {
        {"one", "1", NULL, 0}
    };
    char places[1024];
    scene_start(&scene, 0);
    put_library(&scene, "a.lsm", stored, 1);
    put_library(&scene, "b.lsm", stored, 1);
    add_library(&scene, "a.lsm");
    add_library(&scene, "b.lsm");
    add_library(&scene, "a.lsm");
    snprintf(places, sizeof places, "%s, %s", at(&scene, "a.lsm"), at(&scene, "b.lsm"));
    CHECK_TEXT(smf_finder_places(&scene.finder), places);
    check_get(&scene, "one", "1", "a.lsm"); /* the first that was added */
    scene_end(&scene);
}

static void getter_gets_a_module_of_its_own_file(void)
{
    scene_start(&scene, 0);
    put_text(&scene, "mods/std/io/mod.smf", "of std/io");
    put_text(&scene, "mods/main.sme", "main");
    put_text(&scene, "mods/odd.lsm", "a module, whatever its name says");
    add_folder(&scene, "mods");
    check_get(&scene, "std/io/mod", "of std/io", "mods/std/io/mod.smf");
    check_get(&scene, "std/io/mod.smf", "of std/io", "mods/std/io/mod.smf");
    check_get(&scene, "main", "main", "mods/main.sme");
    check_get(&scene, "odd", "a module, whatever its name says", "mods/odd.lsm");
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "main", &scene.supply, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_OBJECT); /* objects lie in libraries only */
    CHECK(scene.supply.token == NULL);
    check_list(&scene, "main odd std/io/mod ");
    scene_end(&scene);
}

static void getter_gets_module_and_object_of_a_library(void)
{
    static const struct stored stored[] = {
        {"std/io/mod", "module",    "object", 0},
        {"alone",      "no object", NULL,     0},
        {"old",        "old prime", "o",      2},
        {"bare",       "no hash",   "b",      1}
    };
    scene_start(&scene, 0);
    put_library(&scene, "std.lsm", stored, 4);
    add_library(&scene, "std.lsm");
    check_get(&scene, "std/io/mod", "module", "std.lsm");
    check_get(&scene, "alone", "no object", "std.lsm");
    check_get(&scene, "old", "old prime", "std.lsm");
    check_get(&scene, "bare", "no hash", "std.lsm");
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "std/io/mod", &scene.supply, NULL), SMF_OK);
    CHECK_EQUAL(scene.supply.object.size, 6);
    CHECK(memcmp(scene.supply.object.bytes, "object", 6) == 0 && scene.supply.kind == SMF_ORIGIN_LIBRARY);
    smf_finder_give_back(&scene.finder, &scene.supply);
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "alone", &scene.supply, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_OBJECT);
    struct smf_finder_location location;
    CHECK_STATUS(smf_finder_locate(&scene.finder, "std/io/mod", &location, NULL), SMF_OK);
    CHECK_EQUAL(location.offset, 128 + 4 * 128);
    CHECK_EQUAL(location.object_offset, 128 + 4 * 128 + 6);
    CHECK_EQUAL(location.object_size, 6);
    check_list(&scene, "std/io/mod alone old bare ");
    scene_end(&scene);
}

static void getter_names_what_is_missing(void)
{
    scene_start(&scene, 0);
    check_no(&scene, "nobody", SMF_ERR_NOT_FOUND); /* no place at all */
    CHECK_TEXT(smf_finder_places(&scene.finder), "");
    put_folder(&scene, "a");
    add_folder(&scene, "a");
    add_folder(&scene, "b");
    check_no(&scene, "nobody", SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "nobody");
    CHECK_EQUAL(scene.why.value, 2); /* places */
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "nobody", &scene.supply, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "nobody");
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_MODULE);
    CHECK(smf_finder_failed(&scene.finder) == NULL);
    CHECK_EQUAL(scene.skips, 0);
    scene_end(&scene);
}

/* ---- Order ---- */

static void the_first_place_wins(void)
{
    static const struct stored added[] = {
        {"both", "added", NULL, 0}
    };
    static const struct stored other[] = {
        {"both",  "scanned", NULL, 0},
        {"other", "other",   NULL, 0}
    };
    scene_start(&scene, 0);
    put_text(&scene, "second/both.smf", "second");
    add_folder(&scene, "first");
    add_folder(&scene, "second");
    check_get(&scene, "both", "second", "second/both.smf");
    put_text(&scene, "first/both.lsm", "first, as lsm");
    check_get(&scene, "both", "first, as lsm", "first/both.lsm");
    put_text(&scene, "first/both.sme", "first, as sme");
    check_get(&scene, "both", "first, as sme", "first/both.sme");
    put_text(&scene, "first/both.smf", "first");
    check_get(&scene, "both", "first", "first/both.smf");
    put_library(&scene, "first/z.lsm", other, 2);
    put_library(&scene, "first/inner/a.lsm", other, 2);
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "both", "first", "first/both.smf"); /* files of a folder before its libraries */
    check_get(&scene, "other", "other", "first/inner/a.lsm");
    check_list(&scene, "both other ");
    put_away(&scene, "first/both.smf");
    put_away(&scene, "first/both.sme");
    put_away(&scene, "first/both.lsm");
    check_get(&scene, "both", "scanned", "first/inner/a.lsm"); /* ... and these before the next folder */
    put_library(&scene, "added.lsm", added, 1);
    add_library(&scene, "added.lsm");
    check_get(&scene, "both", "added", "added.lsm");
    scene_end(&scene);
}

static void a_scan_keeps_the_order_of_places(void)
{
    static const struct stored a[] =
        {
            {"x", "a", NULL, 0}
    },
                               b[] = {{"x", "b", NULL, 0}}, c[] = {{"x", "c", NULL, 0}};
    scene_start(&scene, 0);
    add_folder(&scene, "one");
    add_folder(&scene, "two");
    put_library(&scene, "two/a.lsm", a, 1);
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "x", "a", "two/a.lsm");
    put_library(&scene, "one/c.lsm", c, 1);
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "x", "c", "one/c.lsm");
    put_library(&scene, "one/b.smf", b, 1); /* a library by its bytes */
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "x", "b", "one/b.smf");
    check_no(&scene, "b", SMF_ERR_NOT_FOUND);
    smf_finder_rest(&scene.finder);
    put_away(&scene, "one/b.smf");
    put_away(&scene, "one/c.lsm");
    check_get(&scene, "x", "a", "two/a.lsm");
    scene.skips = 0;
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK); /* forgets what is gone */
    CHECK_EQUAL(scene.skips, 0);
    check_list(&scene, "x ");
    CHECK(strstr(smf_finder_places(&scene.finder), "b.smf") == NULL);
    put_library(&scene, "two/added.lsm", b, 1);
    add_library(&scene, "two/added.lsm");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK); /* finds it, too, and it is there already */
    check_get(&scene, "x", "b", "two/added.lsm");
    const char *first = strstr(smf_finder_places(&scene.finder), "added.lsm");
    CHECK(first != NULL && strstr(first + 1, "added.lsm") == NULL);
    scene_end(&scene);
}

/* ---- Names ---- */

static void names_that_nobody_has(void)
{
    static const char *const bad[] = {"",       "/",      "..",        "../out", "in/../../out", "in/..",   "./in",
                                      "in/.",   "in//in", "/etc/in",   "in/",    "in\\in",       "..\\out", "c:in",
                                      "c:\\in", "c:/in",  "\\\\s\\in", "in\n",   "in\x1b[0m",    "in\x7f",  "."};
    char name[SMF_FINDER_NAME_MAX + 8];
    scene_start(&scene, 0);
    put_text(&scene, "out.smf", "outside");
    put_text(&scene, "mods/in.smf", "inside");
    put_text(&scene, "mods/in/in.smf", "inside of it");
    add_folder(&scene, "mods");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        tap_variant("name=%zu", i);
        check_no(&scene, bad[i], SMF_ERR_NOT_FOUND);
    }
    tap_variant("%s", "");
    snprintf(name, sizeof name, "%s", at(&scene, "out.smf")); /* a path is no name */
    check_no(&scene, name, SMF_ERR_NOT_FOUND);
    for (size_t length = SMF_FINDER_NAME_MAX - 2; length < SMF_FINDER_NAME_MAX + 4; length++) {
        memset(name, 'n', length);
        name[length] = '\0';
        check_no(&scene, name, SMF_ERR_NOT_FOUND);
    }
    for (size_t i = 0; i < SMF_FINDER_NAME_MAX; i++)
        name[i] = i % 2 == 0 ? 'n' : '/';
    name[SMF_FINDER_NAME_MAX] = '\0';
    check_no(&scene, name, SMF_ERR_NOT_FOUND); /* deeper than any folder */
    CHECK_EQUAL(scene.skips, 0);
    check_get(&scene, "in", "inside", "mods/in.smf");
    check_get(&scene, "in/in", "inside of it", "mods/in/in.smf");
    put_text(&scene, "mods/a..b.smf", "dots within");
    check_get(&scene, "a..b", "dots within", "mods/a..b.smf");
    put_text(&scene, "mods/.hidden.smf", "dot before");
    check_get(&scene, ".hidden", "dot before", "mods/.hidden.smf");
    check_no(&scene, ".smf", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static void devices_are_files_where_they_are_none(void)
{
    static const char *const names[] = {"nul",    "AUX",    "in/con", "com1", "Lpt9", "prn.x",
                                        "nul .x", "conin$", "blank ", "dot.", "nul/x"};
    static const char *const plain[] = {"common", "com", "com10", "null", "a.nul", "lpt", "console"};
    scene_start(&scene, 0);
    put_folder(&scene, "m");
    add_folder(&scene, "m");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char file[64];
        tap_variant("name=%zu", i);
        snprintf(file, sizeof file, "m/%s.smf", names[i]);
#ifdef _WIN32
        check_no(&scene, names[i], SMF_ERR_NOT_FOUND);
#else
        put_text(&scene, file, names[i]);
        check_get(&scene, names[i], names[i], file);
#endif
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        char file[64];
        tap_variant("plain=%zu", i);
        snprintf(file, sizeof file, "m/%s.smf", plain[i]);
        put_text(&scene, file, plain[i]);
        check_get(&scene, plain[i], plain[i], file);
    }
    tap_variant("%s", "");
    scene_end(&scene);
}

static void bad_names_of_libraries_are_not_listed(void)
{
    static const struct stored stored[] = {
        {"../out", "1", NULL, 0},
        {"good",   "2", NULL, 0},
        {"/abs",   "3", NULL, 0}
    };
    scene_start(&scene, 0);
    put_library(&scene, "a.lsm", stored, 3);
    add_library(&scene, "a.lsm");
    check_list(&scene, "good ");
    check_no(&scene, "../out", SMF_ERR_NOT_FOUND);
    check_no(&scene, "/abs", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static void paths_are_names_for_who_wants_it(void)
{
    static const struct stored stored[] = {
        {"one", "1", NULL, 0}
    };
    char path[1024], outside[1024];
    scene_start(&scene, SMF_FINDER_PATHS);
    put_text(&scene, "out.bin", "by path");
    put_text(&scene, "mods/in.smf", "inside");
    put_library(&scene, "a.lsm", stored, 1);
    add_folder(&scene, "mods");
    snprintf(path, sizeof path, "%s", at(&scene, "out.bin"));
    check_get(&scene, path, "by path", "out.bin");
    snprintf(path, sizeof path, "%s", at(&scene, "mods/in.smf")); /* and nothing is appended to it */
    check_get(&scene, path, "inside", "mods/in.smf");
    check_get(&scene, "in", "inside", "mods/in.smf");
    snprintf(outside, sizeof outside, "%s", at(&scene, "mods/../out.bin"));
    CHECK_STATUS(smf_finder_get(&scene.finder, outside, &scene.supply, NULL), SMF_OK);
    smf_finder_give_back(&scene.finder, &scene.supply);
    snprintf(path, sizeof path, "%s", at(&scene, "a.lsm"));
    check_no(&scene, path, SMF_ERR_NOT_FOUND); /* a library is no module */
    check_no(&scene, "", SMF_ERR_NOT_FOUND);
    const struct smf_supplier supplier = smf_finder_supplier("finder", &scene.finder);
    CHECK_STATUS(supplier.find(&supplier, outside, &scene.supply, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(supplier.find(&supplier, at(&scene, "out.bin"), &scene.supply, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

/* ---- Contents ---- */

static void contents_decide(void)
{
    static const struct stored stored[] = {
        {"deep", "in a library", NULL, 0}
    };
    scene_start(&scene, 0);
    put_library(&scene, "mods/lib.smf", stored, 1);
    put_library(&scene, "mods/lib2.sme", stored, 1);
    put_text(&scene, "mods/lib.sme", "the module called lib");
    put_text(&scene, "mods/x.lsm", "mod");
    add_folder(&scene, "mods");
    check_get(&scene, "lib", "the module called lib", "mods/lib.sme"); /* lib.smf is none */
    check_no(&scene, "lib2", SMF_ERR_NOT_FOUND);
    check_get(&scene, "x", "mod", "mods/x.lsm");
    check_no(&scene, "deep", SMF_ERR_NOT_FOUND); /* before the scan */
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "deep", "in a library", "mods/lib.smf");
    check_list(&scene, "lib x deep ");
    CHECK_STATUS(smf_finder_add_library(&scene.finder, at(&scene, "mods/x.lsm"), &scene.why), SMF_ERR_NOT_SMF);
    CHECK_STATUS(smf_finder_add_library(&scene.finder, at(&scene, "none.lsm"), &scene.why), SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    CHECK_STATUS(smf_finder_add_library(&scene.finder, at(&scene, "mods"), &scene.why), SMF_ERR_IO);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_FILE);
    CHECK_EQUAL(scene.skips, 0);
    scene_end(&scene);
}

static void empty_files_are_no_modules(void)
{
    scene_start(&scene, 0);
    put_text(&scene, "a/none.smf", "");
    put_text(&scene, "b/none.smf", "another");
    add_folder(&scene, "a");
    add_folder(&scene, "b");
    check_no(&scene, "none", SMF_ERR_NOT_SMF); /* and not the next one */
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "a/none.smf"));
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    put_text(&scene, "a/three.smf", "LSM"); /* less than what says that it is a library */
    check_get(&scene, "three", "LSM", "a/three.smf");
    scene_end(&scene);
}

static void folders_are_no_modules(void)
{
    scene_start(&scene, 0);
    put_text(&scene, "a/x.smf/y.smf", "in a folder called x.smf");
    put_text(&scene, "b/x.smf", "x");
    put_text(&scene, "b/f.smf", "a file on the way");
    add_folder(&scene, "a");
    add_folder(&scene, "b");
    check_get(&scene, "x", "x", "b/x.smf");
    CHECK(scene.skips > 0);
    CHECK_TEXT(scene.skipped, at(&scene, "a/x.smf"));
    CHECK_EQUAL(scene.skipped_why.detail, SMF_DETAIL_NO_FILE);
    check_get(&scene, "x.smf/y", "in a folder called x.smf", "a/x.smf/y.smf");
    check_no(&scene, "f.smf/y", SMF_ERR_NOT_FOUND);
    scene.skips = 0;
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    CHECK_EQUAL(scene.skips, 0);
    check_list(&scene, "x.smf/y f x ");
    scene_end(&scene);
}

static void broken_libraries(void)
{
    static const struct stored good[] = {
        {"x", "good", NULL, 0}
    };
    static const struct stored lies[] = {
        {"x", "lies", "object", 77},
        {"y", "true", NULL,     0 }
    };
    scene_start(&scene, 0);
    put_text(&scene, "mods/a.lsm", "LSMF and then nothing of the kind");
    put_library(&scene, "mods/b.lsm", good, 1);
    add_folder(&scene, "mods");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK); /* what cannot be read is passed over */
    CHECK_EQUAL(scene.skips, 1);
    CHECK_TEXT(scene.skipped, at(&scene, "mods/a.lsm"));
    CHECK(scene.skipped_why.status != SMF_OK && scene.skipped_why.status != SMF_ERR_IO);
    check_get(&scene, "x", "good", "mods/b.lsm");
    CHECK(smf_finder_add_library(&scene.finder, at(&scene, "mods/a.lsm"), &scene.why) != SMF_OK);
    put_library(&scene, "lies.lsm", lies, 2);
    add_library(&scene, "lies.lsm");
    check_no(&scene, "x", SMF_ERR_HASH);
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "lies.lsm"));
    CHECK_TEXT(scene.why.name, "x");
    check_get(&scene, "y", "true", "lies.lsm");
    scene_end(&scene);
}

static void objects_can_be_left_out(void)
{
    static const struct stored stored[] = {
        {"x", "module", "object", 0}
    };
    scene_start(&scene, SMF_FINDER_NO_OBJECTS);
    put_library(&scene, "a.lsm", stored, 1);
    add_library(&scene, "a.lsm");
    CHECK_STATUS(smf_finder_get(&scene.finder, "x", &scene.supply, NULL), SMF_OK);
    CHECK_EQUAL(scene.supply.object.size, 0);
    smf_finder_give_back(&scene.finder, &scene.supply);
    CHECK_STATUS(smf_finder_get_object(&scene.finder, "x", &scene.supply, NULL), SMF_OK);
    CHECK_EQUAL(scene.supply.object.size, 6);
    smf_finder_close(&scene.finder); /* what was got outlives it */
    CHECK(memcmp(scene.supply.object.bytes, "object", 6) == 0);
    CHECK_TEXT(scene.supply.place, at(&scene, "a.lsm"));
    smf_finder_give_back(NULL, &scene.supply);
    scene_end(&scene);
}

/* ---- Lists ---- */

static int stop_at_second(void *context, const char *name)
{
    unsigned *calls = context;
    CHECK(name[0] != '\0');
    return ++*calls == 2 ? 42 : 0;
}

static void lists_stop_when_told(void)
{
    unsigned calls = 0;
    scene_start(&scene, 0);
    put_text(&scene, "m/a.smf", "1");
    put_text(&scene, "m/b.smf", "1");
    put_text(&scene, "m/b.sme", "1");
    put_text(&scene, "m/c.smf", "1");
    put_text(&scene, "m/other.txt", "1");
    add_folder(&scene, "m");
    CHECK_EQUAL(smf_finder_list(&scene.finder, stop_at_second, &calls), 42);
    CHECK_EQUAL(calls, 2);
    check_list(&scene, "a b c ");
    const struct smf_supplier supplier = smf_finder_supplier("title", &scene.finder);
    calls = 0;
    CHECK_EQUAL(supplier.list(&supplier, stop_at_second, &calls), 42);
    CHECK_TEXT(supplier.title, "title");
    scene_end(&scene);
}

static void many_modules_in_a_library(void)
{
    static struct stored stored[300];
    static char names[300][16];
    scene_start(&scene, 0);
    for (size_t i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "m%03zu", (i * 7) % 300);
        stored[i] = (struct stored){names[i], names[i], NULL, 0};
    }
    put_library(&scene, "a.lsm", stored, 300);
    add_library(&scene, "a.lsm");
    for (size_t i = 0; i < 300; i++)
        check_get(&scene, names[i], names[i], "a.lsm");
    check_no(&scene, "m300", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static void standard_folders_are_asked_for(void)
{
#ifdef _WIN32
    tap_skip("there are none on Windows");
#else
    char places[1024];
    scene_start(&scene, SMF_FINDER_STANDARD);
    add_folder(&scene, "own");
    snprintf(places, sizeof places, "%s, /usr/lib/simple, /usr/local/lib/simple, /opt/simple/lib", at(&scene, "own"));
    CHECK_TEXT(smf_finder_places(&scene.finder), places);
    scene_end(&scene);
    scene_start(&scene, 0);
    CHECK_TEXT(smf_finder_places(&scene.finder), "");
    scene_end(&scene);
#endif
}

static const struct tap_case cases[] = {
    {"getter_adds_each_search_path_once",          getter_adds_each_search_path_once         },
    {"getter_adds_each_library_once",              getter_adds_each_library_once             },
    {"getter_gets_a_module_of_its_own_file",       getter_gets_a_module_of_its_own_file      },
    {"getter_gets_module_and_object_of_a_library", getter_gets_module_and_object_of_a_library},
    {"getter_names_what_is_missing",               getter_names_what_is_missing              },
    {"the_first_place_wins",                       the_first_place_wins                      },
    {"a_scan_keeps_the_order_of_places",           a_scan_keeps_the_order_of_places          },
    {"names_that_nobody_has",                      names_that_nobody_has                     },
    {"devices_are_files_where_they_are_none",      devices_are_files_where_they_are_none     },
    {"bad_names_of_libraries_are_not_listed",      bad_names_of_libraries_are_not_listed     },
    {"paths_are_names_for_who_wants_it",           paths_are_names_for_who_wants_it          },
    {"contents_decide",                            contents_decide                           },
    {"empty_files_are_no_modules",                 empty_files_are_no_modules                },
    {"folders_are_no_modules",                     folders_are_no_modules                    },
    {"broken_libraries",                           broken_libraries                          },
    {"objects_can_be_left_out",                    objects_can_be_left_out                   },
    {"lists_stop_when_told",                       lists_stop_when_told                      },
    {"many_modules_in_a_library",                  many_modules_in_a_library                 },
    {"standard_folders_are_asked_for",             standard_folders_are_asked_for            },
};

TAP_MAIN(cases)
