/* Base64 in bulk, with AVX2: the method of W. Mula and D. Lemire, "Faster
 * Base64 Encoding and Decoding Using AVX2 Instructions" (2018). */
#include "code/base64simd.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(PORTABLE)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* -- encoding: 24 bytes, 12 in each half, become 32 characters -- */

/* Each byte of the result is six bits of those in. */
AVX2 static __m256i
split(__m256i in)
{
	__m256i high, low;

	/* Of three bytes a b c, the four b a c b. */
	in = _mm256_shuffle_epi8(in, _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4,
	    7, 6, 8, 7, 10, 9, 11, 10, 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7,
	    10, 9, 11, 10));
	/* Multiplication shifts each 16 bits by a number of its own. */
	high = _mm256_mulhi_epu16(
	    _mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
	    _mm256_set1_epi32(0x04000040));
	low = _mm256_mullo_epi16(
	    _mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
	    _mm256_set1_epi32(0x01000010));
	return _mm256_or_si256(high, low);
}

/* The characters of values: what to add depends on the range, numbered 13 for
 * A-Z, 0 for a-z, 1 to 10 for the digits, 11 and 12 for + and /. */
AVX2 static __m256i
digits_of(__m256i values)
{
	const __m256i add = _mm256_setr_epi8(71, -4, -4, -4, -4, -4, -4, -4,
	    -4, -4, -4, -19, -16, 65, 0, 0, 71, -4, -4, -4, -4, -4, -4, -4,
	    -4, -4, -4, -19, -16, 65, 0, 0);
	__m256i range = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
	__m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);

	range = _mm256_or_si256(range,
	    _mm256_and_si256(upper, _mm256_set1_epi8(13)));
	return _mm256_add_epi8(values, _mm256_shuffle_epi8(add, range));
}

AVX2 size_t
ws_base64_encode_avx2(char *out, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; len - i >= 28; i += 24, out += 32) {
		const __m128i *low = (const void *)(data + i);
		const __m128i *high = (const void *)(data + i + 12);
		__m256i in = _mm256_inserti128_si256(
		    _mm256_castsi128_si256(_mm_loadu_si128(low)),
		    _mm_loadu_si128(high), 1);

		_mm256_storeu_si256((void *)out, digits_of(split(in)));
	}
	return i;
}

/* -- decoding: 32 characters become 24 bytes -- */

/* Whether all are characters of base64: of the sets that a character's halves
 * allow, none may forbid the other. */
AVX2 static int
all_digits(__m256i text, __m256i high_half)
{
	const __m256i by_low = _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11,
	    0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a,
	    0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13,
	    0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
	const __m256i by_high = _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04,
	    0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	    0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10,
	    0x10, 0x10, 0x10, 0x10, 0x10);
	__m256i low_half = _mm256_and_si256(text, _mm256_set1_epi8(0x0f));

	return _mm256_testz_si256(_mm256_shuffle_epi8(by_low, low_half),
	    _mm256_shuffle_epi8(by_high, high_half));
}

/* The values of characters: what to add depends on the high half, and for "/"
 * on more. */
AVX2 static __m256i
values_of(__m256i text, __m256i high_half)
{
	const __m256i add = _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0,
	    0, 0, 0, 0, 0);
	__m256i slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));

	return _mm256_add_epi8(text, _mm256_shuffle_epi8(add,
	    _mm256_add_epi8(slash, high_half)));
}

/* Four bytes of six bits become three, the 24 bytes the first. */
AVX2 static __m256i
join(__m256i values)
{
	__m256i in = _mm256_maddubs_epi16(values,
	    _mm256_set1_epi32(0x01400140));

	in = _mm256_madd_epi16(in, _mm256_set1_epi32(0x00011000));
	in = _mm256_shuffle_epi8(in, _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9,
	    8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13,
	    12, -1, -1, -1, -1));
	return _mm256_permutevar8x32_epi32(in,
	    _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
}

AVX2 size_t
ws_base64_decode_avx2(uint8_t *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; len - i >= 32; i += 32, out += 24) {
		__m256i in = _mm256_loadu_si256((const void *)(text + i));
		__m256i high_half = _mm256_and_si256(_mm256_srli_epi32(in, 4),
		    _mm256_set1_epi8(0x0f));

		if (!all_digits(in, high_half))
			break;
		in = join(values_of(in, high_half));
		_mm_storeu_si128((void *)out, _mm256_castsi256_si128(in));
		_mm_storel_epi64((void *)(out + 16),
		    _mm256_extracti128_si256(in, 1));
	}
	return i;
}

#else

size_t
ws_base64_encode_avx2(char *out, const uint8_t *data, size_t len)
{
	(void)out;
	(void)data;
	(void)len;
	return 0;
}

size_t
ws_base64_decode_avx2(uint8_t *out, const char *text, size_t len)
{
	(void)out;
	(void)text;
	(void)len;
	return 0;
}

#endif
