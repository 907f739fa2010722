/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The inside of a VinModel, for model.c and model_describe.c.
 */
#ifndef VIN_MODEL_MODEL_PRIVATE_H
#define VIN_MODEL_MODEL_PRIVATE_H

#include "model/labels.h"
#include "model/model.h"
#include "model/sidecar.h"

struct _VinModel {
    gint refs; /* atomic */
    char *name;
    char *path;
    char *folder;
    char *producer;        /* "pytorch 2.4", or NULL */
    guint64 file_bytes;
    gint64 ir_version, opset;
    VinGraph *graph;
    VinSidecar *sidecar;   /* never NULL; its path is NULL when assumed */
    char *labels_path;     /* NULL: the labels are numbers */
    VinLabels *labels;
    char *identity;        /* vin_identity_of_params() of the time before it was read */
    GPtrArray *more_files; /* paths that these files named */
    GString *more_identity; /* of them, likewise */
};

VinModel *vin_model_load_path(const VinModelParams *params, const char *path, GError **error);
/* model_open.c: of a model that goes. */
void vin_model_drop(VinModel *model);
/* The file that @params name. NULL with VIN_ERROR_FILE; to g_free(). */
char *vin_model_find(const VinModelParams *params, GError **error);

VinInputSize vin_model_input_size(const VinModel *model);

#endif
