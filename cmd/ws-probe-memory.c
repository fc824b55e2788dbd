/* ws-probe: memory, or the end of the program. */
#include <stdlib.h>
#include <string.h>

#include "ws-probe.h"
#include "diag.h"

/* What stands before the bytes that are given away. */
struct block {
	struct block *next, **link;	/* link: what points here */
	_Alignas(max_align_t) unsigned char bytes[];
};

void *
get_memory(size_t size)
{
	return grow_memory(NULL, size > 0 ? size : 1);
}

void *
grow_memory(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL)
		die_sys("memory");
	return p;
}

void *
pool_grow(struct pool *pool, void *old, size_t size)
{
	struct block *b = old == NULL ? NULL : (struct block *)(void *)
	    ((char *)old - offsetof(struct block, bytes));
	bool is_new = b == NULL;

	b = grow_memory(b, offsetof(struct block, bytes) + size);
	if (is_new) {
		b->next = pool->first;
		b->link = &pool->first;
	}
	*b->link = b;
	if (b->next != NULL)
		b->next->link = &b->next;
	return b->bytes;
}

char *
pool_copy(struct pool *pool, const char *p, size_t len)
{
	char *s = pool_grow(pool, NULL, len + 1);

	memcpy(s, p, len);
	s[len] = '\0';
	return s;
}

void
pool_free(struct pool *pool)
{
	struct block *b;

	while ((b = pool->first) != NULL) {
		pool->first = b->next;
		free(b);
	}
}
