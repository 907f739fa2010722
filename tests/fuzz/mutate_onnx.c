/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mutations that keep a file well-formed: it is unpacked, something in it is changed through the
 * descriptors of its messages, and packed again, with all lengths right. Every third time, and
 * where there is nothing to unpack, bytes are changed as they are.
 */
#include <string.h>

#include "fuzz.h"
#include "model/onnx.pb-c.h"

FUZZ_EXPORT size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
FUZZ_EXPORT size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                           unsigned int seed);

typedef struct {
    GRand *rand;
    GPtrArray *messages; /* ProtobufCMessage*, all of the file */
    GPtrArray *strings;  /* char*, all of the file, the messages' */
} Mutation;

static gint64 some_int(GRand *rand)
{
    static const gint64 values[] = {0, 1, -1, 2, 3, 4, 5, 7, 16, 63, 64, 65, 224, 255, 4096, 4097,
                                    16384, 16385, 32767, 65536, 0x7fffffff, 0x80000000,
                                    0xffffffff, G_MAXINT64, G_MININT64};

    return g_rand_boolean(rand) ? values[g_rand_int_range(rand, 0, G_N_ELEMENTS(values))]
                                : g_rand_int_range(rand, -3, 300);
}

static char *some_string(Mutation *mutation)
{
    static const char *const words[] = {
        "Add", "AveragePool", "BatchNormalization", "Concat", "Constant", "Conv", "Dropout",
        "Flatten", "Gemm", "GlobalAveragePool", "Identity", "LRN", "MatMul", "MaxPool", "Mul",
        "Relu", "Reshape", "Sigmoid", "Softmax", "axis", "group", "pads", "strides", "dilations",
        "auto_pad", "SAME_LOWER", "ceil_mode", "transB", "alpha", "value", "value_ints", "size",
        "data.bin", "../data.bin", "location", "length", "ai.onnx", "", "x", "y"};
    GRand *rand = mutation->rand;

    if (mutation->strings->len > 0 && g_rand_int_range(rand, 0, 3) > 0) {
        return g_strdup(g_ptr_array_index(
            mutation->strings, g_rand_int_range(rand, 0, (gint32)mutation->strings->len)));
    }
    return g_strdup(words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
}

static gpointer member(ProtobufCMessage *message, unsigned int offset)
{
    return (guint8 *)message + offset;
}

static void collect(Mutation *mutation, ProtobufCMessage *message);

static void collect_field(Mutation *mutation, ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field)
{
    const gboolean repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    size_t n = repeated ? *(size_t *)member(message, field->quantifier_offset) : 1;
    gpointer *items = repeated ? *(gpointer **)member(message, field->offset)
                               : (gpointer *)member(message, field->offset);

    for (size_t i = 0; i < n; i++) {
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && items[i] != NULL) {
            collect(mutation, items[i]);
        } else if (field->type == PROTOBUF_C_TYPE_STRING && items[i] != NULL) {
            g_ptr_array_add(mutation->strings, items[i]);
        }
    }
}

static void collect(Mutation *mutation, ProtobufCMessage *message)
{
    g_ptr_array_add(mutation->messages, message);
    for (unsigned int i = 0; i < message->descriptor->n_fields; i++) {
        collect_field(mutation, message, &message->descriptor->fields[i]);
    }
}

static gsize element_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(gpointer);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

static ProtobufCMessage *copy_message(const ProtobufCMessage *message)
{
    const size_t size = protobuf_c_message_get_packed_size(message);
    g_autofree uint8_t *bytes = g_malloc(size + 1);

    protobuf_c_message_pack(message, bytes);
    return protobuf_c_message_unpack(message->descriptor, NULL, size, bytes);
}

/* Puts something new in the place of one value. @value: its address. */
static void set_value(Mutation *mutation, const ProtobufCFieldDescriptor *field, gpointer value)
{
    GRand *rand = mutation->rand;
    ProtobufCBinaryData *bytes = value;
    gint64 whole = some_int(rand);
    double real = g_rand_boolean(rand) ? (double)whole : g_rand_double_range(rand, -2, 2);
    float narrow = (float)real;
    char *word;

    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
        memcpy(value, &whole, 8);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(value, &real, 8);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        memcpy(value, &narrow, 4);
        break;
    case PROTOBUF_C_TYPE_STRING:
        word = some_string(mutation); /* maybe a copy of the old one */
        g_free(*(char **)value);
        *(char **)value = word;
        break;
    case PROTOBUF_C_TYPE_BYTES: /* as many bytes as a shape may ask for */
        g_free(bytes->data);
        bytes->len = (size_t)g_rand_int_range(rand, 0, 65) * 4;
        bytes->data = g_malloc0(bytes->len + 1);
        break;
    default: {
        const gint32 number = (gint32)whole;

        memcpy(value, &number, 4);
        break;
    }
    }
}

static void free_value(const ProtobufCFieldDescriptor *field, gpointer value)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        protobuf_c_message_free_unpacked(*(ProtobufCMessage **)value, NULL);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        g_free(*(char **)value);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        g_free(((ProtobufCBinaryData *)value)->data);
    }
}

/* Drops, doubles, swaps or changes an element of a list. */
static void mutate_list(Mutation *mutation, ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *field)
{
    GRand *rand = mutation->rand;
    size_t *n = member(message, field->quantifier_offset);
    guint8 **list = member(message, field->offset);
    const gsize width = element_size(field);
    const guint action = g_rand_int_range(rand, 0, 4);
    const gsize at = *n > 0 ? (gsize)g_rand_int_range(rand, 0, (gint32)*n) : 0;

    if (*n == 0 || action == 0) { /* one more, at the end */
        guint8 fresh[sizeof(ProtobufCBinaryData)] = {0};

        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            ProtobufCMessage *copy =
                *n > 0 ? copy_message(*(ProtobufCMessage **)(*list + at * width)) : NULL;

            if (copy == NULL) {
                return;
            }
            memcpy(fresh, &copy, sizeof copy);
        } else {
            set_value(mutation, field, fresh);
        }
        *list = g_realloc(*list, (*n + 1) * width);
        memcpy(*list + *n * width, fresh, width);
        (*n)++;
    } else if (action == 1) {
        free_value(field, *list + at * width);
        memmove(*list + at * width, *list + (at + 1) * width, (*n - at - 1) * width);
        if (--*n == 0) {
            g_clear_pointer(list, g_free);
        }
    } else if (action == 2) {
        const gsize other = (gsize)g_rand_int_range(rand, 0, (gint32)*n);
        guint8 kept[sizeof(ProtobufCBinaryData)];

        memcpy(kept, *list + at * width, width);
        memmove(*list + at * width, *list + other * width, width);
        memcpy(*list + other * width, kept, width);
    } else if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        set_value(mutation, field, *list + at * width);
    }
}

static void mutate_field(Mutation *mutation, ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field)
{
    gpointer value = member(message, field->offset);

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        mutate_list(mutation, message, field);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (g_rand_int_range(mutation->rand, 0, 20) == 0 && *(gpointer *)value != NULL) {
            free_value(field, value);
            *(gpointer *)value = NULL;
        }
    } else {
        if (field->type != PROTOBUF_C_TYPE_STRING) {
            *(protobuf_c_boolean *)member(message, field->quantifier_offset) = TRUE;
        }
        set_value(mutation, field, value);
    }
}

static size_t mutate_messages(Onnx__ModelProto *model, uint8_t *data, size_t max_size,
                              unsigned int seed)
{
    const guint n_changes = 1 + seed % 4;
    size_t size;

    for (guint i = 0; i < n_changes; i++) {
        Mutation mutation = {g_rand_new_with_seed(seed + i), g_ptr_array_new(),
                             g_ptr_array_new()};
        ProtobufCMessage *message;
        const ProtobufCMessageDescriptor *descriptor;

        collect(&mutation, &model->base);
        message = g_ptr_array_index(
            mutation.messages,
            g_rand_int_range(mutation.rand, 0, (gint32)mutation.messages->len));
        descriptor = message->descriptor;
        mutate_field(&mutation, message,
                     &descriptor->fields[g_rand_int_range(mutation.rand, 0,
                                                          (gint32)descriptor->n_fields)]);
        g_ptr_array_unref(mutation.messages);
        g_ptr_array_unref(mutation.strings);
        g_rand_free(mutation.rand);
    }
    size = onnx__model_proto__get_packed_size(model);
    if (size > max_size) {
        return 0;
    }
    return onnx__model_proto__pack(model, data);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    Onnx__ModelProto *model =
        seed % 3 == 0 || size > 16384 ? NULL : onnx__model_proto__unpack(NULL, size, data);
    size_t n = 0;

    if (model != NULL) {
        n = mutate_messages(model, data, max_size, seed / 3);
        onnx__model_proto__free_unpacked(model, NULL);
    }
    return n > 0 ? n : LLVMFuzzerMutate(data, size, max_size);
}
