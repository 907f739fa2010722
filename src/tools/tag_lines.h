/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vin-tag writes of a frame: a line of text, a JSON object, or CSV records.
 */
#ifndef VIN_TOOLS_TAG_LINES_H
#define VIN_TOOLS_TAG_LINES_H

#include <vkinception/vkinception.h>

typedef enum { TAG_FORMAT_TEXT, TAG_FORMAT_JSON, TAG_FORMAT_CSV } TagFormat;

/* The first record of CSV output. */
#define TAG_CSV_HEADER "file,time,rank,label,index,score,wnid\r\n"

typedef struct {
    TagFormat format;
    double threshold; /* labels below are left out */
    const VinModel *model;
} TagLineStyle;

gboolean tag_format_from_name(const char *name, TagFormat *format);

/* Appends what is to be written of a frame at @seconds of file @shown, line ends and all. */
void tag_lines_append(GString *lines, const TagLineStyle *style, const char *shown, double seconds,
                      const VinResult *result);

#endif
