/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one header an application includes.
 */
#ifndef VKINCEPTION_H
#define VKINCEPTION_H

#include <vkinception/calibration.h>
#include <vkinception/device.h>
#include <vkinception/dmabuf.h>
#include <vkinception/engine.h>
#include <vkinception/error.h>
#include <vkinception/frame.h>
#include <vkinception/log.h>
#include <vkinception/model.h>
#include <vkinception/version.h>

#endif
