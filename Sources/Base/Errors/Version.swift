// The program's version, in one place.

package let meshtopVersion = "0.1.0"
