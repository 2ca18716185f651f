#!/bin/sh
# Builds build/native/libpretrain_native.so, once: again only when the sources or the libtorch they are built against changed.
# LIBTORCH=DIR chooses a libtorch (a PyTorch wheel's torch folder); without it, the system's (libtorch-dev) is used.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${PRETRAIN_NATIVE_OUT:-$(cd "$here/../../.." && pwd)/build/native}
libtorch=${LIBTORCH:-}

missing=
command -v cmake >/dev/null || missing="$missing cmake"
command -v g++ >/dev/null || missing="$missing g++"
if [ -n "$libtorch" ]; then
    if [ ! -e "$libtorch/lib/libtorch_cpu.so" ] || [ ! -e "$libtorch/include/ATen/core/Tensor.h" ]; then
        echo "error: LIBTORCH=$libtorch holds no libtorch (lib/libtorch_cpu.so and include/ATen are expected); name a PyTorch wheel's torch folder, or unset LIBTORCH to use the system's" >&2
        exit 1
    fi
    library=$libtorch/lib/libtorch_cpu.so
    headers=$libtorch/include
else
    headers=/usr/include
    [ -e /usr/include/ATen/core/Tensor.h ] || missing="$missing libtorch-dev"
    library=$(ls /usr/lib/*/libtorch_cpu.so /usr/lib/libtorch_cpu.so 2>/dev/null | head -n 1 || true)
fi
if [ -n "$missing" ]; then
    echo "error: missing:$missing; install with: sudo apt-get install -y$missing libopenblas0-pthread" >&2
    exit 1
fi

version=$(awk '/TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]/ { printf "%s%s", dot, $3; dot = "." }' "$headers/torch/csrc/api/include/torch/version.h")
digest=$( (find "$here" -type f | LC_ALL=C sort | xargs cat; echo "$library $version"; ls -lL "$library" | awk '{print $5}'; g++ -dumpfullversion) | sha256sum | cut -c1-64)
if [ -e "$out/libpretrain_native.so" ] && [ "$(cat "$out/digest" 2>/dev/null)" = "$digest" ]; then exit 0; fi

# A wheel before 2.7 may be built with the old string ABI; its symbols tell.
abi=
if [ -n "$libtorch" ] && command -v nm >/dev/null; then
    if nm -DC "$libtorch/lib/libc10.so" | grep -q 'c10::Error::Error(.*std::__cxx11::basic_string'; then abi=1; else abi=0; fi
fi

# One builder at a time: agents and tests of one checkout may start together.
mkdir -p "$out"
if command -v flock >/dev/null && [ -z "${PRETRAIN_NATIVE_LOCKED:-}" ]; then
    PRETRAIN_NATIVE_LOCKED=1 exec flock "$out/.lock" sh "$here/build.sh"
fi

echo "building the native library against libtorch $version (once; under two minutes on 2 cores) ..." >&2
rm -f "$out/CMakeCache.txt"
if ! { cmake -S "$here" -B "$out" -DCMAKE_BUILD_TYPE= -DLIBTORCH="$libtorch" -DGLIBCXX_ABI="$abi" && cmake --build "$out" -j "$(nproc)"; } >"$out/build.log" 2>&1; then
    cat "$out/build.log" >&2
    echo "error: the native library could not be built; the log is $out/build.log" >&2
    exit 1
fi
echo "$digest" >"$out/digest"
