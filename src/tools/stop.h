/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Being asked to stop, by SIGINT or SIGTERM.
 */
#ifndef VIN_TOOLS_STOP_H
#define VIN_TOOLS_STOP_H

/* From now on the first SIGINT or SIGTERM only asks; a second one kills, as ever. */
void tool_stop_arm(void);
/* The signal that asked, or 0. Any thread. */
int tool_stop_signal(void);

#endif
