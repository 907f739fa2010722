/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A pipeline around one classifier, watched (watch.h), for the tests of streams under stress.
 */
#ifndef VIN_TESTS_PLUGIN_PIPE_H
#define VIN_TESTS_PLUGIN_PIPE_H

#include "watch.h"

typedef struct {
    GstElement *pipeline;
    GstElement *element; /* the classifier */
    VinWatch *watch;
    guint n_warnings; /* seen by vin_pipe_messages() */
    guint n_errors;
} VinPipe;

/* TRUE in full runs (VIN_TEST_FULL=1): sizes and times as they are demanded. */
gboolean vin_pipe_is_full(void);
/* The first in a full run, else the second. */
guint vin_pipe_size(guint full, guint quick);
/* Sleeps for a random time of at most that long. */
void vin_pipe_doze(guint most_ms);

/* "HEAD ! CLASSIFIER ! TAIL"; CLASSIFIER is a vulkaninception without a name. */
void vin_pipe_open(VinPipe *pipe, const char *head, const char *classifier, const char *tail);
/* Ends it (NULL state, which must not take long), reads its messages. */
void vin_pipe_stop(VinPipe *pipe);
/* vin_pipe_stop(), checks the watch and that no error was posted, frees all. */
void vin_pipe_close(VinPipe *pipe);

/* Reads what is on the bus; prints warnings and errors. TRUE: EOS was there. */
gboolean vin_pipe_messages(VinPipe *pipe);
/* Plays on until EOS (TRUE), an error or @seconds. */
gboolean vin_pipe_play(VinPipe *pipe, guint seconds);
void vin_pipe_set_state(VinPipe *pipe, GstState state);
/* Sets a state and waits until it is reached. */
void vin_pipe_reach(VinPipe *pipe, GstState state);
/* An element of the pipeline; transfer full. */
GstElement *vin_pipe_get(VinPipe *pipe, const char *name);

/* Pushes into the appsrc "source"; @caps may be NULL: as before. Takes @buffer. */
GstFlowReturn vin_pipe_push(VinPipe *pipe, GstBuffer *buffer, GstCaps *caps);
void vin_pipe_push_eos(VinPipe *pipe);

#endif
