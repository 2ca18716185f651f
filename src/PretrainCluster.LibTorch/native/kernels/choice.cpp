#include "kernels.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "../native.h"

namespace pretrain {
namespace {

const Kernels* by_name(const char* name) {
    if (std::strcmp(name, "generic") == 0) return &generic_kernels;
#if defined(__x86_64__)
    if (std::strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2_kernels;
    if (std::strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) return &avx512_kernels;
#endif
    return nullptr;
}

const Kernels* widest() {
    const char* wanted = std::getenv("PRETRAIN_KERNELS");
    if (wanted != nullptr)
        if (auto found = by_name(wanted)) return found;
    for (auto name : {"avx512", "avx2"})
        if (auto found = by_name(name)) return found;
    return &generic_kernels;
}

std::atomic<const Kernels*> chosen{nullptr};

}  // namespace

const Kernels& kernels() {
    auto current = chosen.load(std::memory_order_acquire);
    if (current == nullptr) chosen.store(current = widest(), std::memory_order_release);
    return *current;
}

}  // namespace pretrain

PRETRAIN_API const char* pretrain_kernels() { return pretrain::kernels().name; }

// For tests that compare one set with another; 0 where this processor cannot run it.
PRETRAIN_API int32_t pretrain_use_kernels(const char* name) {
    auto found = pretrain::by_name(name);
    if (found != nullptr) pretrain::chosen.store(found, std::memory_order_release);
    return found != nullptr;
}
