/* What the processor can do beyond what each of its kind can. */
#include "cpu.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(PORTABLE)

#include <cpuid.h>
#include <stdbool.h>

/* Whether the system keeps the wide registers for us. */
static bool
keeps_avx(void)
{
	unsigned low, high;

	__asm__("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return (low & 6) == 6;
}

enum ws_simd
cpu_simd(void)
{
	unsigned a, b, c, d;

	__cpuid(0, a, b, c, d);
	if (a < 7)
		return WS_SIMD_NONE;
	__cpuid(1, a, b, c, d);
	if ((c & bit_OSXSAVE) == 0 || !keeps_avx())
		return WS_SIMD_NONE;
	__cpuid_count(7, 0, a, b, c, d);
	return (b & bit_AVX2) != 0 ? WS_SIMD_AVX2 : WS_SIMD_NONE;
}

#else

enum ws_simd
cpu_simd(void)
{
	return WS_SIMD_NONE;
}

#endif
