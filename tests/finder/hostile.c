/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - folders that others write to: links that lead out, also while somebody puts them there, what would block when it
 * is opened, what may not be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "scene.h"

static struct scene scene;

/* ---- Somebody who is there between the look and the opening ---- */

static const char *awaited;      /* the name whose look is waited for */
static void (*in_between)(void); /* ... and what is done after it     */

int __real_fstatat(int folder, const char *name, struct stat *status, int flags);
int __wrap_fstatat(int folder, const char *name, struct stat *status, int flags);

int __wrap_fstatat(int folder, const char *name, struct stat *status, int flags)
{
    const int answer = __real_fstatat(folder, name, status, flags);
    if (awaited != NULL && strcmp(name, awaited) == 0) {
        awaited = NULL;
        in_between();
    }
    return answer;
}

static void put_link(const char *target, const char *name) { CHECK_EQUAL(symlink(target, at(&scene, name)), 0); }

static void check_skip(const char *path, enum smf_detail detail)
{
    CHECK(scene.skips != 0);
    CHECK_TEXT(scene.skipped, at(&scene, path));
    CHECK_EQUAL(scene.skipped_why.detail, detail);
    scene.skips = 0;
}

static int open_files(void)
{
    int count = 0;
    for (int descriptor = 0; descriptor < 256; descriptor++)
        count += fcntl(descriptor, F_GETFD) >= 0;
    return count;
}

/* ---- Links ---- */

static void links_stay_inside(void)
{
    char absolute[1024], here[512];
    scene_start(&scene, 0);
    put_text(&scene, "secret.smf", "secret");
    put_text(&scene, "mods/real.smf", "real");
    put_text(&scene, "mods/deep/er/x.smf", "x");
    put_folder(&scene, "mods/in");
    add_folder(&scene, "mods");
    CHECK(getcwd(here, sizeof here) != NULL);
    snprintf(absolute, sizeof absolute, "%s/%s", here, at(&scene, "mods/real.smf"));
    put_link("real.smf", "mods/same.smf");
    put_link("../real.smf", "mods/in/up.smf");
    put_link("deep/er", "mods/short");
    put_link("../../mods/deep", "mods/in/out");
    put_link("same.smf", "mods/twice.smf");
    put_link("./short/../er/x.smf", "mods/winding.smf");
    put_link("in/../../mods/real.smf", "mods/there_and_back.smf");
    put_link("../secret.smf", "mods/out.smf");
    put_link("..", "mods/parent");
    put_link("/etc", "mods/root");
    put_link(absolute, "mods/absolute.smf");
    put_link("loop.smf", "mods/loop.smf");
    put_link("b", "mods/a");
    put_link("a", "mods/b");
    put_link("nowhere.smf", "mods/dangling.smf");
    const int before = open_files();
    check_get(&scene, "same", "real", "mods/same.smf");
    check_get(&scene, "in/up", "real", "mods/in/up.smf");
    check_get(&scene, "short/x", "x", "mods/short/x.smf");
    check_get(&scene, "twice", "real", "mods/twice.smf");
    check_get(&scene, "winding", "x", "mods/winding.smf");
    check_no(&scene, "dangling", SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(scene.skips, 0);
    check_no(&scene, "out", SMF_ERR_NOT_FOUND);
    check_skip("mods/out.smf", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "there_and_back", SMF_ERR_NOT_FOUND); /* out is out, also for a moment */
    check_skip("mods/there_and_back.smf", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "parent/secret", SMF_ERR_NOT_FOUND);
    check_skip("mods/parent/secret.lsm", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "in/out/er/x", SMF_ERR_NOT_FOUND);
    check_skip("mods/in/out/er/x.lsm", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "root/passwd", SMF_ERR_NOT_FOUND);
    check_skip("mods/root/passwd.lsm", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "absolute", SMF_ERR_NOT_FOUND);
    check_skip("mods/absolute.smf", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "loop", SMF_ERR_IO);
    check_no(&scene, "a/x", SMF_ERR_IO);
    CHECK_EQUAL(open_files(), before);
    scene_end(&scene);
}

static void links_lead_out_for_who_wants_it(void)
{
    static const struct stored stored[] = {
        {"lib", "library", NULL, 0}
    };
    scene_start(&scene, SMF_FINDER_LINKS);
    put_text(&scene, "secret.smf", "secret");
    put_library(&scene, "outside.lsm", stored, 1);
    put_text(&scene, "mods/real.smf", "real");
    put_link("../secret.smf", "mods/out.smf");
    put_link("../outside.lsm", "mods/l.lsm");
    put_link("..", "mods/parent");
    put_link("loop.smf", "mods/loop.smf");
    add_folder(&scene, "mods");
    check_get(&scene, "out", "secret", "mods/out.smf");
    check_get(&scene, "parent/secret", "secret", "mods/parent/secret.smf");
    check_get(&scene, "real", "real", "mods/real.smf");
    check_no(&scene, "loop", SMF_ERR_IO);
    check_no(&scene, "../secret", SMF_ERR_NOT_FOUND); /* names stay names */
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_get(&scene, "lib", "library", "mods/l.lsm");
    scene_end(&scene);
}

static void scans_stay_inside(void)
{
    static const struct stored out[] =
        {
            {"out", "outside", NULL, 0}
    },
                               in[] = {{"in", "inside", NULL, 0}};
    scene_start(&scene, 0);
    put_library(&scene, "other/out.lsm", out, 1);
    put_library(&scene, "mods/z/in.lsm", in, 1);
    put_link("../other", "mods/others");
    put_link("../other/out.lsm", "mods/out.lsm");
    put_link("z/in.lsm", "mods/again.lsm");
    put_link("..", "mods/z/around");
    add_folder(&scene, "mods");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    check_skip("mods/out.lsm", SMF_DETAIL_LEADS_OUT);
    check_no(&scene, "out", SMF_ERR_NOT_FOUND);
    check_get(&scene, "in", "inside", "mods/again.lsm"); /* one library, once */
    CHECK(strstr(smf_finder_places(&scene.finder), "z/in.lsm") == NULL);
    check_list(&scene, "in ");
    put_away(&scene, "mods/again.lsm"); /* replaced by one that leads out: so it is when it is asked */
    put_link("../other/out.lsm", "mods/again.lsm");
    check_no(&scene, "in", SMF_ERR_NOT_FOUND);
    check_no(&scene, "out", SMF_ERR_NOT_FOUND);
    check_skip("mods/again.lsm", SMF_DETAIL_LEADS_OUT);
    scene_end(&scene);
}

static void the_folder_itself_may_be_a_link(void)
{
    scene_start(&scene, 0);
    put_text(&scene, "real/x.smf", "x");
    put_link("real", "mods");
    add_folder(&scene, "mods");
    add_folder(&scene, "real"); /* the same one */
    check_get(&scene, "x", "x", "mods/x.smf");
    CHECK_TEXT(smf_finder_places(&scene.finder), at(&scene, "mods"));
    scene_end(&scene);
}

/* ---- While it is opened ---- */

static atomic_bool over;

/* Forever: a file, then a link that leads out, under the same name; and the folder on the way likewise. */
static void *swap(void *unused)
{
    char paths[6][512];
    static const char *const names[] = {"mods/x.smf", "mods/good",     "mods/bad",
                                        "mods/way",   "mods/way_good", "mods/way_bad"};
    for (size_t i = 0; i < 6; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", scene.root, names[i]);
    while (!atomic_load(&over)) {
        for (int bad = 1; bad <= 2; bad++) {
            char made[512], way[512];
            snprintf(made, sizeof made, "%s/mods/new", scene.root);
            snprintf(way, sizeof way, "%s/mods/new_way", scene.root);
            if (bad == 1 ? link(paths[1], made) == 0 : symlink("../secret.smf", made) == 0)
                (void)rename(made, paths[0]);
            if (symlink(bad == 1 ? "way_good" : "../outside", way) == 0)
                (void)rename(way, paths[3]);
        }
    }
    return unused;
}

/*
 * What a refusal may be: the name leads out, or was swapped too often. Each new name also sets the file's time of
 * change (link(2): st_ctime), so a reader that is interrupted in each of its tries may say that the file has changed.
 */
static bool refused_rightly(enum smf_status status, int error)
{
    if (status == SMF_ERR_NOT_FOUND || status == SMF_ERR_CHANGED || (status == SMF_ERR_IO && error == ELOOP))
        return true;
    tap_note("status %s, errno %d", smf_status_name(status), error);
    return false;
}

static void links_swapped_while_they_are_walked(void)
{
    static const char *const names[] = {"x", "way/y"};
    pthread_t thread;
    unsigned good = 0, none = 0;
    scene_start(&scene, 0);
    put_text(&scene, "secret.smf", "secret");
    put_text(&scene, "outside/y.smf", "secret");
    put_text(&scene, "mods/way_good/y.smf", "inside");
    put_text(&scene, "mods/good", "inside");
    put_text(&scene, "mods/x.smf", "inside");
    add_folder(&scene, "mods");
    atomic_store(&over, false);
    CHECK_EQUAL(pthread_create(&thread, NULL, swap, NULL), 0);
    const int before = open_files();
    for (unsigned i = 0; (i < 4000 || good == 0 || none == 0) && i < 400000; i++) {
        const enum smf_status status = smf_finder_get(&scene.finder, names[i % 2], &scene.supply, &scene.why);
        if (status == SMF_OK) {
            good++;
            CHECK(scene.supply.source.size == 6 && memcmp(scene.supply.source.bytes, "inside", 6) == 0);
            smf_finder_give_back(&scene.finder, &scene.supply);
        } else {
            none++;
            CHECK(refused_rightly(status, errno));
        }
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    tap_note("%u times inside, %u times refused", good, none);
    CHECK(good != 0 && none != 0);
    CHECK_EQUAL(open_files(), before);
    scene_end(&scene);
}

static void file_becomes_link(void)
{
    put_away(&scene, "mods/x.smf");
    put_link("../secret.smf", "mods/x.smf");
}

static void folder_becomes_link(void)
{
    put_away(&scene, "mods/way");
    put_link("../outside", "mods/way");
}

static void link_becomes_file(void)
{
    put_away(&scene, "mods/x.smf");
    put_text(&scene, "mods/x.smf", "inside");
}

static void file_becomes_link_inside(void)
{
    put_text(&scene, "mods/other", "other");
    put_away(&scene, "mods/x.smf");
    put_link("other", "mods/x.smf");
}

static void file_becomes_pipe(void)
{
    put_away(&scene, "mods/x.smf");
    CHECK_EQUAL(mkfifo(at(&scene, "mods/x.smf"), 0600), 0);
}

static void find_while(const char *name, void (*what)(void), const char *text, enum smf_detail detail)
{
    put_away(&scene, "mods");
    put_text(&scene, "mods/x.smf", "inside");
    put_text(&scene, "mods/way/y.smf", "inside");
    if (what == link_becomes_file) {
        put_away(&scene, "mods/x.smf");
        put_link("../secret.smf", "mods/x.smf");
    }
    awaited = strchr(name, '/') != NULL ? "way" : "x.smf";
    in_between = what;
    scene.skips = 0;
    const int before = open_files();
    const enum smf_status status = smf_finder_get(&scene.finder, name, &scene.supply, &scene.why);
    CHECK(awaited == NULL);
    CHECK_STATUS(status, text != NULL ? SMF_OK : SMF_ERR_NOT_FOUND);
    if (status == SMF_OK)
        CHECK(scene.supply.source.size == strlen(text) && memcmp(scene.supply.source.bytes, text, strlen(text)) == 0);
    if (text == NULL)
        CHECK(scene.skips != 0 && scene.skipped_why.detail == detail);
    smf_finder_give_back(&scene.finder, &scene.supply);
    CHECK_EQUAL(open_files(), before);
}

static void what_changes_between_look_and_opening(void)
{
    scene_start(&scene, 0);
    put_text(&scene, "secret.smf", "secret");
    put_text(&scene, "outside/y.smf", "secret");
    add_folder(&scene, "mods");
    find_while("x", file_becomes_link, NULL, SMF_DETAIL_LEADS_OUT);
    find_while("way/y", folder_becomes_link, NULL, SMF_DETAIL_LEADS_OUT);
    find_while("x", file_becomes_pipe, NULL, SMF_DETAIL_NO_FILE);
    find_while("x", link_becomes_file, "inside", SMF_DETAIL_NONE);
    find_while("x", file_becomes_link_inside, "other", SMF_DETAIL_NONE);
    scene_end(&scene);
}

/* ---- What is no file ---- */

static void pipes_and_devices_do_not_block(void)
{
    static const struct stored stored[] = {
        {"lib", "library", NULL, 0}
    };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scene_start(&scene, 0);
    put_library(&scene, "mods/z.lsm", stored, 1);
    CHECK_EQUAL(mkfifo(at(&scene, "mods/pipe.smf"), 0600), 0);
    CHECK_EQUAL(mkfifo(at(&scene, "mods/pipe.lsm"), 0600), 0);
    put_text(&scene, "later/pipe.smf", "a file");
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", at(&scene, "mods/socket.smf"));
    CHECK_EQUAL(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    const bool device = mknod(at(&scene, "mods/device.smf"), S_IFCHR | 0600, 5 << 8 /* /dev/tty */) == 0;
    add_folder(&scene, "mods");
    add_folder(&scene, "later");
    check_get(&scene, "pipe", "a file", "later/pipe.smf");
    CHECK_EQUAL(scene.skipped_why.detail, SMF_DETAIL_NO_FILE);
    check_no(&scene, "socket", SMF_ERR_NOT_FOUND);
    check_skip("mods/socket.smf", SMF_DETAIL_NO_FILE);
    if (device) {
        check_no(&scene, "device", SMF_ERR_NOT_FOUND);
        check_skip("mods/device.smf", SMF_DETAIL_NO_FILE);
    } else {
        tap_note("no device: mknod may not be called here");
    }
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    CHECK(scene.skips >= 3);
    check_list(&scene, "lib pipe ");
    CHECK_STATUS(smf_finder_add_library(&scene.finder, at(&scene, "mods/pipe.lsm"), &scene.why), SMF_ERR_IO);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_FILE);
    close(listener);
    scene_end(&scene);
    scene_start(&scene, SMF_FINDER_PATHS | SMF_FINDER_LINKS);
    put_folder(&scene, "mods");
    CHECK_EQUAL(mkfifo(at(&scene, "mods/pipe.smf"), 0600), 0);
    add_folder(&scene, "mods");
    check_no(&scene, "pipe", SMF_ERR_NOT_FOUND);
    check_no(&scene, at(&scene, "mods/pipe.smf"), SMF_ERR_NOT_FOUND);
    check_no(&scene, "/dev/null", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

/* ---- What may not be read ---- */

/* As somebody without rights; false: this cannot be tried here. */
static bool be_nobody(void) { return geteuid() != 0 || (chmod(scene.root, 0755) == 0 && seteuid(65534) == 0); }

static void be_again(void) { CHECK(getuid() != 0 || seteuid(0) == 0); }

static void what_may_not_be_read(void)
{
    static const struct stored stored[] =
        {
            {"lib", "library", NULL, 0}
    },
                               other[] = {{"other", "other", NULL, 0}};
    scene_start(&scene, 0);
    put_text(&scene, "mods/x.smf", "x");
    put_text(&scene, "later/x.smf", "another x");
    put_library(&scene, "mods/a.lsm", stored, 1);
    put_library(&scene, "mods/closed/b.lsm", stored, 1);
    put_library(&scene, "mods/z.lsm", other, 1);
    put_text(&scene, "shut/y.smf", "y");
    put_text(&scene, "later/y.smf", "later y");
    add_folder(&scene, "shut");
    add_folder(&scene, "mods");
    add_folder(&scene, "later");
    (void)chmod(at(&scene, "mods"), 0755);
    (void)chmod(at(&scene, "later"), 0755);
    (void)chmod(at(&scene, "mods/x.smf"), 0);
    (void)chmod(at(&scene, "mods/a.lsm"), 0);
    (void)chmod(at(&scene, "mods/closed"), 0);
    (void)chmod(at(&scene, "shut"), 0);
    if (!be_nobody()) {
        tap_skip("the rights of this process cannot be dropped");
        scene_end(&scene);
        return;
    }
    const int before = open_files();
    check_no(&scene, "x", SMF_ERR_IO); /* the one that is meant, and not the next */
    CHECK_EQUAL(errno, EACCES);
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "mods/x.smf"));
    scene.skips = 0;
    check_get(&scene, "y", "later y", "later/y.smf");
    CHECK_EQUAL(scene.skips, 3); /* get, has, locate: a folder that may not be entered is told once each time */
    CHECK_EQUAL(scene.skipped_why.detail, SMF_DETAIL_NO_ENTRY);
    scene.skips = 0;
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    CHECK_EQUAL(scene.skips, 4); /* shut, a.lsm, x.smf, closed */
    check_get(&scene, "other", "other", "mods/z.lsm");
    check_no(&scene, "lib", SMF_ERR_NOT_FOUND);
    check_no(&scene, "closed/b", SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_finder_add_library(&scene.finder, at(&scene, "mods/a.lsm"), &scene.why), SMF_ERR_IO);
    CHECK_EQUAL(errno, EACCES);
    check_list(&scene, "other x y ");
    CHECK_EQUAL(open_files(), before + 1); /* of z.lsm */
    be_again();
    (void)chmod(at(&scene, "shut"), 0700);
    (void)chmod(at(&scene, "mods/closed"), 0700);
    scene_end(&scene);
}

static void folders_are_entered_so_deep(void)
{
    static const struct stored stored[] =
        {
            {"deep", "deep", NULL, 0}
    },
                               below[] = {{"below", "below", NULL, 0}};
    char name[512] = "mods", file[600];
    scene_start(&scene, 0);
    add_folder(&scene, "mods");
    for (int depth = 0; depth < SMF_FINDER_DEPTH_MAX; depth++) {
        strcat(name, "/d");
        if (depth == SMF_FINDER_DEPTH_MAX - 2 || depth == SMF_FINDER_DEPTH_MAX - 1) {
            snprintf(file, sizeof file, "%s/l.lsm", name);
            put_library(&scene, file, depth == SMF_FINDER_DEPTH_MAX - 2 ? stored : below, 1);
        }
    }
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    snprintf(file, sizeof file, "%.*s/l.lsm", (int)strlen(name) - 2, name);
    check_get(&scene, "deep", "deep", file);
    check_no(&scene, "below", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static const struct tap_case cases[] = {
    {"links_stay_inside",                     links_stay_inside                    },
    {"links_lead_out_for_who_wants_it",       links_lead_out_for_who_wants_it      },
    {"scans_stay_inside",                     scans_stay_inside                    },
    {"the_folder_itself_may_be_a_link",       the_folder_itself_may_be_a_link      },
    {"links_swapped_while_they_are_walked",   links_swapped_while_they_are_walked  },
    {"what_changes_between_look_and_opening", what_changes_between_look_and_opening},
    {"pipes_and_devices_do_not_block",        pipes_and_devices_do_not_block       },
    {"what_may_not_be_read",                  what_may_not_be_read                 },
    {"folders_are_entered_so_deep",           folders_are_entered_so_deep          },
};

TAP_MAIN(cases)
