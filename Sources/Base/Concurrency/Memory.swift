// What the C library keeps of freed memory.

internal import CLinux

package enum Memory {
    /// Gives freed memory back to the system. After an answer of a hundred megabytes the C library keeps it for another.
    package static func giveBack() { malloc_trim(0) }

    /// Two arenas for all threads, before the first thread begins. The C library makes eight for each core, and what one
    /// thread frees in its own serves no other: a dashboard held half as much again as it used, and that grew for hours.
    /// https://man7.org/linux/man-pages/man3/mallopt.3.html
    package static func shareArenas() { _ = mallopt(M_ARENA_MAX, 2) }
}
