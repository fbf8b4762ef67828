#!/usr/bin/env bash
# Runs the decoders' fuzzer with the address sanitizer. Usage: fuzz.sh SECONDS
# New inputs that reach new code are kept in .build/fuzz/corpus; what breaks a decoder is left as crash-* and named.
set -euo pipefail
cd "$(dirname "$0")/.."
export MESHTOP_FUZZ=1 SWIFT_BACKTRACE=enable=no
build=(swift build -c release -j "${JOBS:-2}" --scratch-path .build/fuzz --sanitize=fuzzer --sanitize=address
    -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table --product FuzzDecoders)
"${build[@]}"
mkdir -p .build/fuzz/corpus .build/fuzz/findings
# Swift keeps its metadata for good and says so through no leak; a reader that needs over 512 MB for 64 KB is a finding.
exec "$("${build[@]}" --show-bin-path)/FuzzDecoders" .build/fuzz/corpus Fuzz/Corpus \
    -max_total_time="$1" -max_len=65536 -rss_limit_mb=1024 -timeout=10 -detect_leaks=0 -print_final_stats=1 \
    -artifact_prefix=.build/fuzz/findings/
