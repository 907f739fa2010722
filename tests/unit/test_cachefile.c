/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file of a cache: only what nobody else could have written, for this driver and this version,
 * whole, is read; and it is whole whoever writes it at the same time, or dies.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "base/cachefile.h"

#include <vkinception/error.h>

#define N_BYTES 300
#define N_WRITERS 8
#define N_ROUNDS 150

static const char *self_path;
static char *folder;
static char *path;
static guint8 content[N_BYTES];
static const VinCacheKey key = {
    0x10005, 7, 42, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void write_cache(void)
{
    g_autoptr(GError) error = NULL;

    vin_cache_file_write(path, &key, content, sizeof content, &error);
    g_assert_no_error(error);
}

static guint8 *read_as(const VinCacheKey *wanted, guint uid, gsize *n_bytes, GError **error)
{
    return vin_cache_file_read(path, wanted, uid, n_bytes, error);
}

static void expect_refused(const VinCacheKey *wanted, guint uid, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    gsize n_bytes = 1;

    g_assert_null(read_as(wanted, uid, &n_bytes, &error));
    g_assert_cmpuint(n_bytes, ==, 0);
    g_assert_error(error, VIN_ERROR, code);
    g_assert_nonnull(strstr(error->message, path));
    if (strstr(error->message, words) == NULL) {
        g_error("\"%s\" says nothing of \"%s\"", error->message, words);
    }
}

static void expect_whole(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize n_bytes = 0;

    bytes = read_as(&key, geteuid(), &n_bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(bytes, n_bytes, content, sizeof content);
}

static void test_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    gsize n_bytes = 1;
    struct stat facts;

    g_assert_null(read_as(&key, geteuid(), &n_bytes, &error)); /* not there: no error */
    g_assert_no_error(error);
    write_cache();
    expect_whole();
    g_assert_cmpint(stat(path, &facts), ==, 0);
    g_assert_cmpuint(facts.st_mode & 07777, ==, 0600);
    g_assert_cmpint(facts.st_size, ==, VIN_CACHE_HEADER_BYTES + N_BYTES);
}

static void test_owner(void)
{
    write_cache();
    expect_refused(&key, geteuid() + 1, VIN_ERROR_INVALID, "belongs to");
}

static void test_mode(void)
{
    static const guint modes[] = {0620, 0602, 0666, 0777};

    write_cache();
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_assert_cmpint(g_chmod(path, (int)modes[i]), ==, 0);
        expect_refused(&key, geteuid(), VIN_ERROR_INVALID, "may write to it");
    }
    g_assert_cmpint(g_chmod(path, 0644), ==, 0); /* others may read */
    expect_whole();
}

static void test_not_a_file(void)
{
    g_autofree char *real = g_strconcat(path, "-real", NULL);

    write_cache();
    g_assert_cmpint(g_rename(path, real), ==, 0);
    g_assert_cmpint(symlink(real, path), ==, 0);
    expect_refused(&key, geteuid(), VIN_ERROR_FILE, "symbolic link");
    write_cache(); /* takes the link's place, not its target's */
    expect_whole();
    g_assert_false(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    g_unlink(real);
    g_unlink(path);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0); /* would block */
    expect_refused(&key, geteuid(), VIN_ERROR_INVALID, "regular file");
    g_unlink(path);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    expect_refused(&key, geteuid(), VIN_ERROR_INVALID, "regular file");
    g_rmdir(path);
}

static void set_bytes(const char *bytes, gsize n_bytes)
{
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, bytes, (gssize)n_bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
}

/* Every bit of the header, and one of each byte of the content. */
static void test_bit_flips(void)
{
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;

    write_cache();
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    for (gsize i = 0; i < n_bytes; i++) {
        for (guint bit = 0; bit < (i < VIN_CACHE_HEADER_BYTES ? 8u : 1u); bit++) {
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
            set_bytes(bytes, n_bytes);
            expect_refused(&key, geteuid(), VIN_ERROR_FORMAT, "");
            bytes[i] = (char)(bytes[i] ^ (1 << bit));
        }
    }
    set_bytes(bytes, n_bytes);
    expect_whole();
}

/* The texts: which part of the header differs. */
static void test_parts(void)
{
    static const struct {
        gsize at;
        const char *words;
    } parts[] = {
        {0, "no cache of this library"}, {8, "another format"}, {12, "another device or driver"},
        {39, "another device or driver"}, {40, "another version"}, {64, "as long as it says"},
        {72, "checksum"}, {VIN_CACHE_HEADER_BYTES + 5, "checksum"},
    };
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;

    write_cache();
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        bytes[parts[i].at] ^= 1;
        set_bytes(bytes, n_bytes);
        expect_refused(&key, geteuid(), VIN_ERROR_FORMAT, parts[i].words);
        bytes[parts[i].at] ^= 1;
    }
}

static void test_length(void)
{
    g_autofree char *bytes = NULL;
    g_autofree char *longer = NULL;
    gsize n_bytes = 0;

    write_cache();
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    for (gsize n = 0; n < n_bytes; n++) {
        set_bytes(bytes, n);
        expect_refused(&key, geteuid(), VIN_ERROR_FORMAT, "");
    }
    longer = g_malloc0(n_bytes + 1);
    memcpy(longer, bytes, n_bytes);
    set_bytes(longer, n_bytes + 1);
    expect_refused(&key, geteuid(), VIN_ERROR_FORMAT, "as long as it says");
}

static void test_other_key(void)
{
    VinCacheKey other[5] = {key, key, key, key, key};

    other[0].vendor_id++;
    other[1].device_id++;
    other[2].driver_version++;
    other[3].uuid[0]++;
    other[4].uuid[15]++;
    write_cache();
    for (guint i = 0; i < G_N_ELEMENTS(other); i++) {
        expect_refused(&other[i], geteuid(), VIN_ERROR_FORMAT, "another device or driver");
    }
    expect_whole();
}

static void test_size_bound(void)
{
    g_autoptr(GError) error = NULL;

    write_cache();
    g_assert_false(
        vin_cache_file_write(path, &key, content, VIN_CACHE_MAX_BYTES + 1, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_FILE);
    expect_whole();
    g_assert_cmpint(truncate(path, VIN_CACHE_HEADER_BYTES + VIN_CACHE_MAX_BYTES + 1), ==, 0);
    expect_refused(&key, geteuid(), VIN_ERROR_FORMAT, "a cache has");
}

static void test_unwritable(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(
        vin_cache_file_write("/dev/null/caches/a.bin", &key, content, N_BYTES, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_FILE);
}

/* What a killed writer left goes when it is old; a running writer's stays. */
static void test_stale(void)
{
    const struct utimbuf long_ago = {time(NULL) - 7200, time(NULL) - 7200};
    g_autofree char *old = g_strconcat(path, ".AbCdEf", NULL);
    g_autofree char *fresh = g_strconcat(path, ".GhIjKl", NULL);
    g_autofree char *others = g_build_filename(folder, "other.bin.AbCdEf", NULL);

    write_cache();
    g_assert_true(g_file_set_contents(old, "x", 1, NULL));
    g_assert_true(g_file_set_contents(fresh, "x", 1, NULL));
    g_assert_true(g_file_set_contents(others, "x", 1, NULL));
    g_assert_cmpint(utime(old, &long_ago), ==, 0);
    g_assert_cmpint(utime(others, &long_ago), ==, 0);
    write_cache();
    g_assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(fresh, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(others, G_FILE_TEST_EXISTS));
    g_unlink(fresh);
    g_unlink(others);
}

/* Of a writer all bytes are its number, and there are so many that a write takes a while. */
static int run_writer(const char *file, guint number)
{
    for (guint i = 0; i < N_ROUNDS; i++) {
        const gsize n_bytes = 20000 + 1000 * number + i;
        g_autofree guint8 *bytes = g_malloc(n_bytes);

        memset(bytes, (int)number, n_bytes);
        if (!vin_cache_file_write(file, &key, bytes, n_bytes, NULL)) {
            return 1;
        }
    }
    return 0;
}

static gboolean read_one_writers(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize n_bytes = 0;

    bytes = read_as(&key, geteuid(), &n_bytes, &error);
    g_assert_no_error(error);
    if (bytes == NULL) {
        return FALSE; /* nobody is through yet */
    }
    g_assert_cmpuint(bytes[0], <, N_WRITERS);
    g_assert_cmpuint(n_bytes - 20000 - 1000 * bytes[0], <, N_ROUNDS);
    for (gsize i = 1; i < n_bytes; i++) {
        g_assert_cmpuint(bytes[i], ==, bytes[0]);
    }
    return TRUE;
}

/* Eight processes at once, three of them killed in the midst; a reader all the while. */
static void test_at_once(void)
{
    GPid writers[N_WRITERS];
    guint n_reads = 0;

    g_unlink(path);
    for (guint i = 0; i < N_WRITERS; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        char *arguments[] = {(char *)self_path, "--writer", path, number, NULL};
        g_autoptr(GError) error = NULL;

        g_spawn_async(NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &writers[i],
                      &error);
        g_assert_no_error(error);
    }
    while (n_reads < 200) {
        n_reads += read_one_writers() ? 1 : 0;
    }
    for (guint i = 0; i < 3; i++) {
        kill(writers[i], SIGKILL);
    }
    for (guint i = 0; i < N_WRITERS; i++) {
        int status = 0;

        while (waitpid(writers[i], &status, WNOHANG) == 0) {
            read_one_writers();
        }
        g_assert_true(i < 3 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    }
    g_assert_true(read_one_writers());
}

static void clean(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *entry = g_build_filename(folder, name, NULL);

        g_unlink(entry);
    }
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_autofree char *parent = NULL;
    int status;

    self_path = argv[0];
    if (argc == 4 && strcmp(argv[1], "--writer") == 0) {
        return run_writer(argv[2], (guint)g_ascii_strtoull(argv[3], NULL, 10));
    }
    g_test_init(&argc, &argv, NULL);
    parent = g_dir_make_tmp("vin-cache-XXXXXX", NULL);
    folder = g_build_filename(parent, "made", NULL); /* the first write makes it */
    path = g_build_filename(folder, "pipelines.bin", NULL);
    for (guint i = 0; i < N_BYTES; i++) {
        content[i] = (guint8)(i * 31);
    }
    g_test_add_func("/cachefile/round-trip", test_round_trip);
    g_test_add_func("/cachefile/owner", test_owner);
    g_test_add_func("/cachefile/mode", test_mode);
    g_test_add_func("/cachefile/not-a-file", test_not_a_file);
    g_test_add_func("/cachefile/bit-flips", test_bit_flips);
    g_test_add_func("/cachefile/parts", test_parts);
    g_test_add_func("/cachefile/length", test_length);
    g_test_add_func("/cachefile/other-key", test_other_key);
    g_test_add_func("/cachefile/size-bound", test_size_bound);
    g_test_add_func("/cachefile/unwritable", test_unwritable);
    g_test_add_func("/cachefile/stale", test_stale);
    g_test_add_func("/cachefile/at-once", test_at_once);
    status = g_test_run();
    clean();
    g_rmdir(parent);
    g_free(folder);
    g_free(path);
    return status;
}
