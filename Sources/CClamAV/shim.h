// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
#include <clamav.h>
#include <signal.h>
#include <sys/prctl.h>

// Declared by glibc under _GNU_SOURCE only, which a module map cannot set for another module's headers.
extern void closefrom(int);

// prctl is variadic, which Swift does not import.

/// The end of the thread that started this process ends it.
static inline int parley_end_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

/// Nothing that this process might start gets rights that it has not.
static inline int parley_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L); }
