/* Put before every file of the target "work": what libc does for it is counted,
 * too. */
#ifndef FUZZ_WORK_H
#define FUZZ_WORK_H

#include <stdlib.h>
#include <string.h>

void *work_memchr(const void *, int, size_t);
int work_memcmp(const void *, const void *, size_t);
void *work_memcpy(void *, const void *, size_t);
void *work_memmove(void *, const void *, size_t);
size_t work_strlen(const char *);
size_t work_strcspn(const char *, const char *);
void work_set(const char *name, const char *value);

#define memchr work_memchr
#define memcmp work_memcmp
#define memcpy work_memcpy
#define memmove work_memmove
#define strlen work_strlen
#define strcspn work_strcspn
#define environment_set work_set

#endif
