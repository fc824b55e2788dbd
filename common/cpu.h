/* What the processor can do beyond what each of its kind can. */
#ifndef CPU_H
#define CPU_H

#include "code/base64.h"

/* The instructions that may be used.  It takes microseconds, under a hypervisor
 * that looks on: ask once. */
enum ws_simd cpu_simd(void);

#endif
