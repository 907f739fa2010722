/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory of known bytes in a second device, handed over as an opaque file descriptor: stands in for
 * a dma-buf where no driver makes one.
 */
#ifndef VIN_TESTS_EXPORT_RIG_H
#define VIN_TESTS_EXPORT_RIG_H

#include "vk/vk.h"

typedef struct {
    VinDevice *device;
    VkBuffer buffer;
    VkDeviceMemory memory;
    guint8 *bytes; /* mapped */
    guint64 size;  /* of the allocation */
    int fd;        /* -1: none */
} ExportRig;

/* FALSE, with the test marked as skipped, where memory cannot be exported. @size: at least that
 * many bytes. */
gboolean export_rig_open(ExportRig *rig, gsize size);
void export_rig_close(ExportRig *rig); /* a zeroed one is welcome */
VinVkHandle export_rig_handle(const ExportRig *rig);

/* Descriptors that this process has open, the one for counting aside. */
guint count_descriptors(void);
/* A descriptor number that is not open. */
int closed_descriptor(void);
/* Of a nameless regular file of @size bytes, or a pipe's reading end. */
int file_descriptor(gsize size);
int pipe_descriptor(void);
/* A dma-buf of @size bytes, at least a page's and in whole pages, that are @bytes and zeroes: made
 * by udmabuf or, where there is none, a memfd, which software drivers take for one. */
int dmabuf_descriptor(const guint8 *bytes, gsize size, gboolean *is_real);

#endif
