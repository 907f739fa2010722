/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a fuzz target is, and what the targets share. A target is one file with these two
 * functions; it is linked with libFuzzer or with replay.c, which runs it on the files it is
 * given.
 */
#ifndef VIN_TESTS_FUZZ_H
#define VIN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* libFuzzer finds these by name; everything else is hidden. */
#define FUZZ_EXPORT __attribute__((visibility("default")))

FUZZ_EXPORT int LLVMFuzzerInitialize(int *argc, char ***argv);
FUZZ_EXPORT int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes @data the contents of file @name in a folder of this process, which goes at its end. The
 * path stays valid. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);
/* No log lines, and no warning that would end a process goes unseen. */
void fuzz_quiet(void);
/* What every failure must be: one VIN_ERROR in UTF-8 of at most 64 kB. Frees it. */
void fuzz_check_error(GError *error);

#endif
