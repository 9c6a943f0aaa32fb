#!/bin/sh
# One block of a run as a batch job: block.sh CARD I N.  I counts from 1 to N or from 0 to N - 1.
set -eu
# kernels of its own: jobs that share a cache folder on a network disk can spoil it for each other
NUMBA_CACHE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/lvgen-kernels-XXXXXX")
export NUMBA_CACHE_DIR
trap 'rm -rf "$NUMBA_CACHE_DIR"' EXIT
trap 'exit 143' TERM INT
# a folder with kernels that "NUMBA_CACHE_DIR=FOLDER lvgen warmup" has compiled saves each job that time
if [ -n "${LVGEN_KERNELS:-}" ]; then cp -r "$LVGEN_KERNELS/." "$NUMBA_CACHE_DIR"; fi
# in the background, so that the end of the job's time reaches it as SIGTERM
lvgen run "$1" --block "$2/$3" -o "block-$2" --workers "${LVGEN_WORKERS:-1}" &
trap 'kill -TERM $! 2>/dev/null; wait $! || true; exit 143' TERM INT
wait $!
