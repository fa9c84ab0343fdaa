/* SPDX-License-Identifier: MIT */
/* sidecar.c - instances remembered beside their module (smf/persist.h; SPEC [J1] [J2] [J3]). */
#include "generic/compiler/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct smf_persist persist;
static char module[600], sidecar[700];

static void start(void)
{
    snprintf(module, sizeof module, "%s", scene_path("user.smf"));
    snprintf(sidecar, sizeof sidecar, "%s" SMF_PERSIST_SUFFIX, module);
    CHECK_STATUS(smf_persist_start(&persist, module), SMF_OK);
    CHECK_TEXT(persist.path, sidecar);
}

static void end(void)
{
    smf_persist_finish(&persist);
    scene_forget();
}

static void open_scene(void)
{
    start();
    scene_start();
    scene_open();
}

static void close_scene(void)
{
    scene_end();
    end();
}

static enum smf_status make(const char *symbol)
{
    struct smf_instance instance;
    return smf_instantiate_symbol(&scene.instantiator, SCENE_USER, symbol, &instance, &scene.why);
}

static enum smf_status add(const char *mangled)
{
    return smf_persist_add(&persist, &(struct smf_persist_row){.base = "sort", .type_args = "X", .mangled = mangled});
}

/* What the sidecar holds now, or "". Static storage. */
static const char *text(void)
{
    static char all[4096];
    size_t size = 0;
    char *bytes = scene_read(sidecar, &size);
    snprintf(all, sizeof all, "%s", bytes != NULL ? bytes : "");
    free(bytes);
    return all;
}

static void read_again(void)
{
    smf_persist_finish(&persist);
    CHECK_STATUS(smf_persist_start(&persist, module), SMF_OK);
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
}

/* Names are found, not searched for: reading takes as long as the file is large. */
static void many_rows_are_read_at_once(void)
{
    enum { ROWS = 200000 };
    start();
    FILE *file = fopen(sidecar, "wb");
    CHECK(file != NULL);
    for (unsigned i = 0; i < ROWS && file != NULL; i++)
        fprintf(file, "I|0|f|T|f$%x||||\n", i);
    CHECK(file != NULL && fclose(file) == 0);
    const clock_t before = clock();
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.count, ROWS);
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK); /* the same ones */
    CHECK_EQUAL(persist.count, ROWS);
    CHECK_EQUAL(persist.repeated, 0);
    CHECK(clock() - before < 10 * CLOCKS_PER_SEC);
    end();
}

/* --- With an instantiator ----------------------------------------------------------------------------- */

static void is_written_when_something_was_made(void)
{
    char wanted[4096];
    open_scene();
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK); /* there is none */
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK(access(sidecar, F_OK) != 0); /* nothing to say */
    CHECK_STATUS(make("sort$Point"), SMF_OK);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    snprintf(wanted, sizeof wanted, "I|0|sort|Point|sort$Point|%s|%s:0:0|jit_obj|jit_compiled\n", module, module);
    CHECK_TEXT(text(), wanted);
    CHECK_STATUS(make("sort$i64"), SMF_OK);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK(strstr(text(), "\nI|1|sort|i64|sort$i64|") != NULL);
    CHECK_EQUAL(persist.count, 2);
    struct stat before, after;
    CHECK_EQUAL(stat(sidecar, &before), 0);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_EQUAL(stat(sidecar, &after), 0);
    CHECK_EQUAL(before.st_ino, after.st_ino); /* nothing new: nothing written */
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1);
    close_scene();
}

static bool always(void *context, const struct smf_use *use)
{
    unsigned *count = context;
    *count += use->made;
    return true;
}

static unsigned count_made(void)
{
    unsigned count = 0;
    smf_instantiator_uses(&scene.instantiator, SCENE_USER, true, always, &count);
    return count;
}

/* Another run of the program, or a reload: the module comes anew, and finds what it had. */
static void is_found_after_a_reload(void)
{
    struct smf_instance instance;
    open_scene();
    CHECK_STATUS(make("sort$Point"), SMF_OK);
    CHECK_STATUS(make("reverse$Point"), SMF_OK);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_USER);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_ERR_NOT_FOUND);
    scene_add(SCENE_LIBRARY);
    scene_add(SCENE_USER);
    CHECK_EQUAL(count_made(), 0);
    read_again();
    CHECK_EQUAL(persist.count, 2);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.restored, 2);
    CHECK_EQUAL(persist.stale, 0);
    CHECK_EQUAL(count_made(), 2);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    struct point points[] = {{.id = 2}, {.id = 1}};
    ((void (*)(struct point *, size_t))instance.function)(points, 2);
    CHECK_EQUAL(points[0].id, 1);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why),
                 SMF_OK); /* once is enough */
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    smf_persist_release(&persist, &scene.instantiator);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_ERR_NOT_FOUND);
    close_scene();
}

/* The one who restores is a user of the version that is there, whichever. */
static void holds_what_is_there(void)
{
    struct smf_instance instance;
    open_scene();
    CHECK_STATUS(add("sort$Point"), SMF_OK);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY); /* and the instance with it */
    const struct smf_instantiator_item item = {
        .number = 9, .name = "library", .image = &scene.files[SCENE_LIBRARY].image};
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
    CHECK_STATUS(make("sort$Point"), SMF_OK);
    smf_persist_release(&persist, &scene.instantiator); /* its own is gone */
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 2);
    smf_persist_release(&persist, &scene.instantiator);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    close_scene();
}

static void marks_also_without_update_notes(void)
{
    start();
    scene_start();
    scene.config.update_notes = false;
    scene_open();
    CHECK_STATUS(add("sort$Point"), SMF_OK);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_EQUAL(count_made(), 1);
    smf_persist_release(&persist, &scene.instantiator);
    close_scene();
}

/* What a module lists no more is made no more, and forgotten; a sidecar can ask for nothing else. */
static void takes_away_what_is_not_listed(void)
{
    open_scene();
    CHECK_STATUS(add("sort$f64"), SMF_OK);
    CHECK_STATUS(add("sort$i64"), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.restored, 1);
    CHECK_EQUAL(persist.stale, 1);
    CHECK_EQUAL(persist.count, 1);
    CHECK_TEXT(smf_persist_get(&persist, 0).mangled, "sort$i64");
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    CHECK(strstr(text(), "sort$f64") == NULL);
    CHECK(strstr(text(), "I|0|sort|X|sort$i64|") != NULL);
    smf_persist_release(&persist, &scene.instantiator);
    close_scene();
}

static void goes_on_where_one_cannot_be_made(void)
{
    open_scene();
    CHECK_STATUS(add("reverse$Point"), SMF_OK);
    CHECK_STATUS(add("sort$i64"), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, SCENE_LIBRARY);
    CHECK_STATUS(smf_persist_restore(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(persist.restored, 0);
    CHECK_EQUAL(persist.count, 2); /* next time, perhaps */
    close_scene();
}

/* --- Texts --------------------------------------------------------------------------------------------- */

static void every_byte_comes_back(void)
{
    char odd[300];
    size_t length = 0;
    start();
    for (unsigned i = 1; i < 256; i++)
        odd[length++] = (char)i;
    odd[length] = '\0';
    const struct smf_persist_row row = {.base = "a|b",
                                        .type_args = "x, y\\",
                                        .mangled = odd,
                                        .file = "",
                                        .location = "\n",
                                        .object = "\\|",
                                        .status = "\r\n|"};
    CHECK_STATUS(smf_persist_add(&persist, &row), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    read_again();
    CHECK_EQUAL(persist.malformed, 0);
    CHECK_EQUAL(persist.count, 1);
    const struct smf_persist_row read = smf_persist_get(&persist, 0);
    CHECK_TEXT(read.base, row.base);
    CHECK_TEXT(read.type_args, row.type_args);
    CHECK_TEXT(read.mangled, row.mangled);
    CHECK_TEXT(read.file, row.file);
    CHECK_TEXT(read.location, row.location);
    CHECK_TEXT(read.object, row.object);
    CHECK_TEXT(read.status, row.status);
    end();
}

static const char line[] = "I|0|sort|Point|sort$Point|a.smf|a.smf:0:0|jit_obj|jit_compiled\n";

static void damaged_lines_are_counted(void)
{
    static const char *const bad[] = {"J|0|sort|P|m|f|l|o|s\n",
                                      "I|x|sort|P|m|f|l|o|s\n",
                                      "I||sort|P|m|f|l|o|s\n",
                                      "I|0|sort|P|m|f|l|o\n",
                                      "I|0|sort|P|m|f|l|o|s|t\n",
                                      "I|0|sort|P||f|l|o|s\n",
                                      "I|0||P|m|f|l|o|s\n",
                                      "I|0|sort|P|m\\q|f|l|o|s\n",
                                      "I|0|sort|P|m|f|l|o|s\\\n",
                                      "I\n",
                                      "nonsense\n",
                                      "|\n",
                                      "I|99999999999|a|b|c|d|e|f|g\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char all[600];
        start();
        snprintf(all, sizeof all, "# a comment\n\n%s%s\r\n", bad[i], "I|7|swap|i8|swap$i8|a|b|c|compiled");
        scene_write(sidecar, all, strlen(all));
        tap_variant("%zu", i);
        CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
        CHECK_EQUAL(persist.malformed, 1);
        CHECK_EQUAL(persist.count, 1);
        CHECK_TEXT(smf_persist_get(&persist, 0).mangled, "swap$i8");
        CHECK_TEXT(smf_persist_get(&persist, 0).status, "compiled"); /* raw */
        end();
    }
    tap_variant("%s", "");
}

/* At every byte: the lines before it stand, the torn one is counted, no line is made up. */
static void torn_writes_are_noticed(void)
{
    char all[300];
    snprintf(all, sizeof all, "%s%s", line, "I|1|swap|i8|swap$i8|a.smf|a.smf:0:0|jit_obj|jit_compiled\n");
    const size_t first = strlen(line), size = strlen(all);
    for (size_t cut = 0; cut <= size; cut++) {
        start();
        scene_write(sidecar, all, cut);
        tap_variant("size=%zu", cut);
        CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
        CHECK_EQUAL(persist.count, (cut >= first) + (cut == size));
        CHECK_EQUAL(persist.malformed, cut != 0 && cut != first && cut != size);
        end();
    }
    tap_variant("%s", "");
}

static void bytes_of_zero_are_damage(void)
{
    start();
    char all[sizeof line];
    memcpy(all, line, sizeof line);
    all[20] = '\0';
    scene_write(sidecar, all, sizeof line - 1);
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.count, 0);
    CHECK_EQUAL(persist.malformed, 1);
    end();
}

static void duplicates_count_once(void)
{
    start();
    CHECK_STATUS(add("a"), SMF_OK);
    CHECK_STATUS(add("a"), SMF_OK);
    CHECK_EQUAL(persist.count, 1);
    char all[600];
    snprintf(all, sizeof all, "%s%s%s", line, line, "I|4|other|x|sort$Point|a|b|c|d\n");
    scene_write(sidecar, all, strlen(all));
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.count, 2);
    CHECK_EQUAL(persist.repeated, 2);
    CHECK_TEXT(smf_persist_get(&persist, 1).base, "sort"); /* the first one */
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    read_again();
    CHECK_EQUAL(persist.count, 2);
    CHECK_EQUAL(persist.repeated, 0);
    end();
}

static void rows_need_names(void)
{
    start();
    CHECK_STATUS(add(""), SMF_ERR_ARGUMENT);
    CHECK_STATUS(add(NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_persist_add(&persist, &(struct smf_persist_row){.base = "a", .mangled = "b"}), SMF_ERR_ARGUMENT);
    struct smf_persist other;
    CHECK_STATUS(smf_persist_start(&other, ""), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_persist_start(&other, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_persist_start(NULL, "a"), SMF_ERR_ARGUMENT);
    end();
}

/* --- Files that cannot be read or written ---------------------------------------------------------------- */

/* Upstream's UpdateFailed: the code stays usable, and the row is written the next time. */
static void code_stays_usable_when_writing_fails(void)
{
    struct smf_instance instance;
    open_scene();
    CHECK_STATUS(make("sort$i64"), SMF_OK);
    CHECK_EQUAL(mkdir(sidecar, 0700), 0); /* nothing can be renamed to it */
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_ERR_IO);
    CHECK(scene.why.name[0] != '\0');
    CHECK_EQUAL(persist.failed_updates, 1);
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_OK);
    long long numbers[] = {3, 1, 2};
    ((void (*)(long long *, size_t))instance.function)(numbers, 3);
    CHECK_EQUAL(numbers[0], 1);
    CHECK_EQUAL(rmdir(sidecar), 0);
    CHECK_STATUS(smf_persist_update(&persist, &scene.instantiator, SCENE_USER, &scene.why), SMF_OK);
    CHECK(strstr(text(), "|sort$i64|") != NULL);
    close_scene();
}

/* Root may write everywhere, so somebody else tries. */
static void read_only_folders_are_said(void)
{
    start();
    scene_write(sidecar, line, strlen(line));
    CHECK_EQUAL(chmod(scene.folder, 0555), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        if (smf_persist_read(&persist, &scene.why) != SMF_OK || add("new") != SMF_OK)
            _exit(3);
        _exit(smf_persist_write(&persist, &scene.why) == SMF_ERR_PROTECT && errno == EACCES &&
                      persist.failed_updates == 1 && persist.count == 2
                  ? 0
                  : 4);
    }
    int status = 1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(WEXITSTATUS(status), 0);
    CHECK_TEXT(text(), line);
    CHECK_EQUAL(chmod(scene.folder, 0755), 0);
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1);
    end();
}

static void folders_that_are_not_there(void)
{
    CHECK_STATUS(smf_persist_start(&persist, "/nowhere/a.smf"), SMF_OK);
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
    CHECK_STATUS(add("a"), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_ERR_IO);
    CHECK_EQUAL(scene.why.value, ENOENT);
    smf_persist_finish(&persist);
}

static void huge_files_are_refused(void)
{
    start();
    scene_write(sidecar, line, strlen(line));
    CHECK_EQUAL(truncate(sidecar, (off_t)SMF_PERSIST_SIZE_MAX + 1), 0);
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_ERR_LIMIT);
    CHECK_EQUAL(persist.count, 0);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_ERR_LIMIT); /* what is there is not thrown away */
    end();
}

/* --- Several processes ----------------------------------------------------------------------------------- */

/* Everybody adds rows one by one: in the end all are there. */
static void processes_lose_nothing(void)
{
    enum { PROCESSES = 4, ROWS = 12 };
    pid_t children[PROCESSES];
    start();
    for (int p = 0; p < PROCESSES; p++) {
        children[p] = fork();
        if (children[p] != 0)
            continue;
        bool good = true;
        for (int i = 0; i < ROWS && good; i++) {
            char name[32];
            snprintf(name, sizeof name, "sort$p%dr%d", p, i);
            good = add(name) == SMF_OK && smf_persist_write(&persist, &scene.why) == SMF_OK;
        }
        _exit(good ? 0 : 1);
    }
    for (int p = 0; p < PROCESSES; p++) {
        int status = 1;
        CHECK(children[p] > 0 && waitpid(children[p], &status, 0) == children[p]);
        CHECK_EQUAL(status, 0);
    }
    CHECK_STATUS(smf_persist_read(&persist, &scene.why), SMF_OK);
    CHECK_EQUAL(persist.count, PROCESSES * ROWS);
    CHECK_EQUAL(persist.malformed, 0);
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1);
    end();
}

/* One that is killed at any moment leaves the old text or the new one. */
static void a_killed_writer_tears_nothing(void)
{
    start();
    CHECK_STATUS(add("first"), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    for (unsigned round = 0; round < 25; round++) {
        const pid_t child = fork();
        if (child == 0) {
            for (unsigned i = 0;; i++) {
                char name[32];
                snprintf(name, sizeof name, "r%ui%u", round, i);
                if (add(name) != SMF_OK || smf_persist_write(&persist, &scene.why) != SMF_OK)
                    _exit(1);
            }
        }
        usleep(1000 + round * 211);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        struct smf_persist other;
        CHECK_STATUS(smf_persist_start(&other, module), SMF_OK);
        CHECK_STATUS(smf_persist_read(&other, &scene.why), SMF_OK);
        CHECK_EQUAL(other.malformed, 0);
        CHECK(other.count >= 1 && strcmp(smf_persist_get(&other, 0).mangled, "first") == 0);
        smf_persist_finish(&other);
        CHECK(scene_count_files(scene.folder, "", NULL, 0) <= 2);
    }
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    CHECK_EQUAL(scene_count_files(scene.folder, "", NULL, 0), 1); /* what the killed ones left is gone */
    end();
}

static void somebody_who_never_lets_go(void)
{
    start();
    const int folder = open(scene.folder, O_RDONLY | O_DIRECTORY);
    CHECK_EQUAL(flock(folder, LOCK_EX), 0);
    CHECK_STATUS(add("a"), SMF_OK);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_ERR_BUSY);
    close(folder);
    CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
    end();
}

static const struct tap_case cases[] = {
    {"many_rows_are_read_at_once",           many_rows_are_read_at_once          },
    {"is_written_when_something_was_made",   is_written_when_something_was_made  },
    {"is_found_after_a_reload",              is_found_after_a_reload             },
    {"holds_what_is_there",                  holds_what_is_there                 },
    {"marks_also_without_update_notes",      marks_also_without_update_notes     },
    {"takes_away_what_is_not_listed",        takes_away_what_is_not_listed       },
    {"goes_on_where_one_cannot_be_made",     goes_on_where_one_cannot_be_made    },
    {"every_byte_comes_back",                every_byte_comes_back               },
    {"damaged_lines_are_counted",            damaged_lines_are_counted           },
    {"torn_writes_are_noticed",              torn_writes_are_noticed             },
    {"bytes_of_zero_are_damage",             bytes_of_zero_are_damage            },
    {"duplicates_count_once",                duplicates_count_once               },
    {"rows_need_names",                      rows_need_names                     },
    {"code_stays_usable_when_writing_fails", code_stays_usable_when_writing_fails},
    {"read_only_folders_are_said",           read_only_folders_are_said          },
    {"folders_that_are_not_there",           folders_that_are_not_there          },
    {"huge_files_are_refused",               huge_files_are_refused              },
    {"processes_lose_nothing",               processes_lose_nothing              },
    {"a_killed_writer_tears_nothing",        a_killed_writer_tears_nothing       },
    {"somebody_who_never_lets_go",           somebody_who_never_lets_go          },
};
TAP_MAIN(cases)
