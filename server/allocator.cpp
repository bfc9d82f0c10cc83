// What the daemon asks of its allocator, jemalloc: pages of 2 MiB where the system has them, two arenas, and to
// keep what is freed for a minute. A backlog touches much memory once: with pages of 4 KiB half of what an add costs
// is the system's work of handing them out, above all in a virtual machine. Few threads allocate, and each arena
// touches large pages of its own. MALLOC_CONF in the environment adds to it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,narenas:2,dirty_decay_ms:60000,muzzy_decay_ms:60000";
}
