// SPDX-License-Identifier: GPL-2.0-or-later
// Runs sequences of memblock operations, read from standard input, through the kernel's own mm/memblock.c.
// A line is an operation: its letter, base and size in hexadecimal, and a node. "=" prints both lists and
// begins anew.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/memblock.h>

// What the kernel's allocator would give; memblock asks for it only when its tables must grow.
void *kmalloc(size_t size, gfp_t flags) { (void)flags; return malloc(size); }
void kfree(void *memory) { free(memory); }
void *kmem_cache_alloc_lru(struct kmem_cache *cache, struct list_lru *lru, int flags)
{
	(void)cache; (void)lru; (void)flags;
	return NULL;
}

bool movable_node_enabled;

static unsigned long first_count;

static void print_list(const char *name, struct memblock_type *type)
{
	struct memblock_region *region;
	unsigned long index;

	printf("%s", name);
	for (index = 0; index < type->cnt; index++) {
		region = &type->regions[index];
		if (region->size)
			printf(" %llx,%llx,%d,%d", (unsigned long long)region->base,
			       (unsigned long long)region->size, !!(region->flags & MEMBLOCK_NOMAP),
			       memblock_get_region_node(region) >= MAX_NUMNODES ? -1 :
			       memblock_get_region_node(region));
	}
	printf("\n");
}

static void begin(struct memblock_type *type)
{
	memset(type->regions, 0, type->max * sizeof(type->regions[0]));
	type->cnt = first_count;
	type->total_size = 0;
}

int main(void)
{
	unsigned long long base, size;
	char line[256], what;
	int node;

	first_count = memblock.memory.cnt;
	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] == '=') {
			print_list("memory", &memblock.memory);
			print_list("reserved", &memblock.reserved);
			begin(&memblock.memory);
			begin(&memblock.reserved);
			continue;
		}
		if (sscanf(line, "%c %llx %llx %d", &what, &base, &size, &node) != 4)
			return 1;
		switch (what) {
		case 'a':
			if (node < 0)
				memblock_add(base, size);
			else
				memblock_add_node(base, size, node, MEMBLOCK_NONE);
			break;
		case 'd': memblock_remove(base, size); break;
		case 'r': memblock_reserve(base, size); break;
		case 'n': memblock_mark_nomap(base, size); break;
		case 'c': memblock_clear_nomap(base, size); break;
		case 'k': memblock_cap_memory_range(base, size); break;
		case 'l': memblock_mem_limit_remove_map(size); break;
		case 's': memblock_set_node(base, size, &memblock.memory, node); break;
		default: return 1;
		}
	}
	return 0;
}
