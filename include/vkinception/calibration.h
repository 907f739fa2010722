/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinCalibration: how large the numbers are that a network's layers read, measured over pictures
 * and kept in the model's sidecar. Precision int8 needs to know.
 *
 *     new(model) -> add(picture) ... add(picture) -> save()
 */
#ifndef VKINCEPTION_CALIBRATION_H
#define VKINCEPTION_CALIBRATION_H

#include <glib.h>
#include <vkinception/device.h>
#include <vkinception/engine.h>
#include <vkinception/frame.h>
#include <vkinception/model.h>

G_BEGIN_DECLS

/** VinCalibration: of one model, for one thread. Since 0.1 */
typedef struct _VinCalibration VinCalibration;

/**
 * vin_calibration_new: compiles all of @model, its intermediate heads too, for @device in fp32.
 * @params: (nullable): options, read during the call only, of which resize, scale_method and
 *   progress count
 *
 * Returns: (transfer full): NULL with VIN_ERROR_FILE where the model has no sidecar, or one that
 * cannot be written, and as vin_engine_new(). Any thread. Since 0.1
 */
VIN_API VinCalibration *vin_calibration_new(VinModel *model, VinDevice *device,
                                            const VinEngineParams *params, GError **error);
/** vin_calibration_free: NULL is welcome. Since 0.1 */
VIN_API void vin_calibration_free(VinCalibration *calibration);

/** vin_calibration_get_n_layers: layers that are measured; 0 where int8 has nothing to do.
 *  Since 0.1 */
VIN_API guint vin_calibration_get_n_layers(VinCalibration *calibration);
/** vin_calibration_get_path: the sidecar that is to be written, the calibration's. Since 0.1 */
VIN_API const char *vin_calibration_get_path(VinCalibration *calibration);

/**
 * vin_calibration_add: runs @frame through the network, and waits.
 *
 * Returns: FALSE as vin_stream_run(), and with VIN_ERROR_INVALID where the network computes what is
 * no number. The same frames, in whatever order, give the same ranges on the same device. After a
 * failure it can only be freed. Since 0.1
 */
VIN_API gboolean vin_calibration_add(VinCalibration *calibration, const VinFrame *frame,
                                     GError **error);

/**
 * vin_calibration_save: writes the ranges into the model's sidecar, in place of those there; all
 * else in it stays as it is. The file is replaced at once or not at all. @model does not change:
 * load it again.
 *
 * Returns: FALSE with VIN_ERROR_INVALID where no frame was added, VIN_ERROR_FILE or
 * VIN_ERROR_FORMAT. Since 0.1
 */
VIN_API gboolean vin_calibration_save(VinCalibration *calibration, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinCalibration, vin_calibration_free)

G_END_DECLS

#endif
