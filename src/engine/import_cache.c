/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A dma-buf is known again by its inode. Before Linux 5.3 all had one inode; what lies on no file
 * system of its own is therefore imported anew each time.
 */
#include "engine/import_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"

#ifndef DMA_BUF_MAGIC
#define DMA_BUF_MAGIC 0x444d4142
#endif

VinImport *vin_import_ref(VinImport *import)
{
    g_atomic_int_inc(&import->ref_count);
    return import;
}

void vin_import_unref(VinImport *import)
{
    if (import == NULL || !g_atomic_int_dec_and_test(&import->ref_count)) {
        return;
    }
    vin_vk_buffer_clear(&import->buffer);
    vin_vk_imported_clear(&import->image);
    if (import->fd >= 0) {
        close(import->fd);
    }
    g_free(import);
}

void vin_import_cache_clear(VinImportCache *cache)
{
    for (guint i = 0; i < cache->n_imports; i++) {
        vin_import_unref(cache->imports[i]);
    }
    cache->n_imports = 0;
}

static void drop(VinImportCache *cache, guint i)
{
    vin_import_unref(cache->imports[i]);
    cache->imports[i] = cache->imports[--cache->n_imports];
}

/* Lets go of what nobody asked for in a long time and, in a full cache, of the oldest. */
static void make_room(VinImportCache *cache)
{
    guint oldest = 0;

    for (guint i = cache->n_imports; i-- > 0;) {
        if (cache->n_uses - cache->imports[i]->last_use > VIN_IMPORT_PATIENCE) {
            drop(cache, i);
        }
    }
    for (guint i = 1; i < cache->n_imports; i++) {
        if (cache->imports[i]->last_use < cache->imports[oldest]->last_use) {
            oldest = i;
        }
    }
    if (cache->n_imports == VIN_MAX_IMPORTS) {
        drop(cache, oldest);
    }
}

static gboolean has_own_inode(int fd, const struct stat *facts)
{
    struct statfs system;

    return S_ISREG(facts->st_mode) ||
           (fstatfs(fd, &system) == 0 && (guint32)system.f_type == DMA_BUF_MAGIC);
}

static VinImport *import_new(VinDevice *device, const VinVkHandle *handle,
                             const VinVkArrangement *arrangement, GError **error)
{
    g_autoptr(VinImport) import = g_new0(VinImport, 1);
    gboolean ok;

    import->ref_count = 1;
    import->size = handle->size;
    import->fd = fcntl(handle->fd, F_DUPFD_CLOEXEC, 0);
    if (import->fd < 0) {
        vin_fail(error, VIN_ERROR_INVALID, "descriptor %d cannot be duplicated: %s", handle->fd,
                 g_strerror(errno));
        return NULL;
    }
    ok = arrangement != NULL
             ? vin_vk_import_image(&import->image, device, handle, arrangement, error)
             : vin_vk_import_buffer(&import->buffer, device, handle, error);
    return ok ? g_steal_pointer(&import) : NULL;
}

/* @arrangement: zeroed for a buffer. */
static gboolean is_of(const VinImport *import, const struct stat *facts, guint64 size,
                      const VinVkArrangement *arrangement)
{
    return import->device == facts->st_dev && import->inode == facts->st_ino &&
           import->size == size &&
           memcmp(&import->image.arrangement, arrangement, sizeof *arrangement) == 0;
}

VinImport *vin_import_cache_get(VinImportCache *cache, VinDevice *device,
                                const VinVkHandle *handle, const VinVkArrangement *arrangement,
                                GError **error)
{
    static const VinVkArrangement none;
    struct stat facts;
    VinImport *import;

    if (handle->fd < 0 || fstat(handle->fd, &facts) != 0) {
        vin_fail(error, VIN_ERROR_INVALID, "descriptor %d is not open", handle->fd);
        return NULL;
    }
    cache->n_uses++;
    for (guint i = 0; i < cache->n_imports; i++) {
        import = cache->imports[i];
        if (is_of(import, &facts, handle->size, arrangement != NULL ? arrangement : &none)) {
            import->last_use = cache->n_uses;
            return vin_import_ref(import);
        }
    }
    import = import_new(device, handle, arrangement, error);
    if (import == NULL || !has_own_inode(handle->fd, &facts)) {
        return import;
    }
    make_room(cache);
    import->device = facts.st_dev;
    import->inode = facts.st_ino;
    import->last_use = cache->n_uses;
    cache->imports[cache->n_imports++] = vin_import_ref(import);
    return import;
}
