// What the C library keeps of freed memory.

internal import CLinux

package enum Memory {
    /// Gives freed memory back to the system. After an answer of a hundred megabytes the C library keeps it for another.
    package static func giveBack() { malloc_trim(0) }
}
