// zlib's initialiser is a macro, which Swift does not import.
#ifndef MESHTOP_CZLIB_H
#define MESHTOP_CZLIB_H
#include <zlib.h>

// 16 more window bits ask for gzip's header and trailer.
static inline int mt_gzip_start(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
#endif
