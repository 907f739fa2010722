/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages and log lines with names from files: what a terminal would obey is spelled out.
 */
#include "base/printable.h"

#include "base/error.h"
#include "base/log.h"

static void check(const char *text, const char *wanted)
{
    g_autofree char *shown = vin_printable(text);

    g_assert_cmpstr(shown, ==, wanted);
}

static void test_text(void)
{
    check("", "");
    check("sm\xc3\xb8r \\ 100% \"x\"", "sm\xc3\xb8r \\ 100% \"x\"");
    check("a\x1b[2Jb\r\n\t\x7f", "a\\x1b[2Jb\\x0d\\x0a\\x09\\x7f");
    check("a\xc2\x9b" "31m", "a\\x9b31m");          /* one character that opens a sequence */
    check("a\xe2\x80\xae" "b\xe2\x81\xa9", "a\\u202eb\\u2069");
    check("a\xe2\x80\xa8" "b", "a\\u2028b");
    check("a\xff" "b", "a\xef\xbf\xbd" "b");
}

static void test_errors(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_fail(&error, VIN_ERROR_FORMAT, "file %s", "a\x1b[31m\n.onnx"));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_FORMAT);
    g_assert_cmpstr(error->message, ==, "file a\\x1b[31m\\x0a.onnx");
    vin_fail_prefix(&error, "node '%s': ", "\x1b]0;x\x07");
    g_assert_cmpstr(error->message, ==, "node '\\x1b]0;x\\x07': file a\\x1b[31m\\x0a.onnx");
    vin_fail_prefix(NULL, "nobody asks: ");
    g_assert_false(vin_fail(NULL, VIN_ERROR_FORMAT, "nobody asks"));
}

static void keep(VinLogLevel level, const char *message, gpointer user_data)
{
    char **kept = user_data;

    g_free(*kept);
    *kept = g_strdup(message);
}

static void test_log(void)
{
    g_autofree char *kept = NULL;

    vin_log_set_func(keep, VIN_LOG_WARN, &kept);
    vin_log(VIN_LOG_WARN, "model %s", "a\x1b[31m");
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_cmpstr(kept, ==, "model a\\x1b[31m");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/printable/text", test_text);
    g_test_add_func("/printable/errors", test_errors);
    g_test_add_func("/printable/log", test_log);
    return g_test_run();
}
