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
    gatomicrefcount refs;
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
};

VinInputSize vin_model_input_size(const VinModel *model);

#endif
