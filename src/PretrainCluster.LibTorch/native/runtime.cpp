// Threads, devices, seeds, and what this libtorch is.
#include "native.h"
#include "kernels/kernels.h"

#include <dlfcn.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

using namespace pretrain;

namespace {
template <typename Function>
Function find(const char* name) { return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name)); }

std::string cpu_capability() {
    const std::string label = "CPU capability usage: ";
    auto configuration = at::show_config();
    auto start = configuration.find(label);
    if (start == std::string::npos) return "capability unknown";
    start += label.size();
    return configuration.substr(start, configuration.find_first_of(" \n", start) - start);
}
}  // namespace

// Torch's setting leaves OpenBLAS on all cores, so both are set.
PRETRAIN_API int32_t pretrain_set_threads(int32_t threads) {
    return guarded([&] {
        at::set_num_threads(threads);
        if (auto blas = find<void (*)(int)>("openblas_set_num_threads")) blas(threads);
    });
}

PRETRAIN_API int32_t pretrain_threads(int32_t* torch, int32_t* blas) {
    return guarded([&] {
        *torch = at::get_num_threads();
        auto count = find<int (*)()>("openblas_get_num_threads");
        *blas = count == nullptr ? *torch : count();
    });
}

PRETRAIN_API int32_t pretrain_seed(uint64_t seed) {
    return guarded([&] { at::manual_seed(seed); });
}

PRETRAIN_API int32_t pretrain_cuda_devices() {
    return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA) ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() : 0;
}

PRETRAIN_API int32_t pretrain_synchronize(int32_t device) {
    return guarded([&] {
        if (at::hasCUDA()) at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(device));
    });
}

PRETRAIN_API int32_t pretrain_set_deterministic(int32_t enabled) {
    return guarded([&] {
        at::globalContext().setDeterministicAlgorithms(enabled != 0, false);
        at::globalContext().setDeterministicCuDNN(enabled != 0);
    });
}

PRETRAIN_API int32_t pretrain_set_tf32(int32_t enabled) {
    return guarded([&] {
        at::globalContext().setAllowTF32CuBLAS(enabled != 0);
        at::globalContext().setAllowTF32CuDNN(enabled != 0);
    });
}

// "1.13.1 | OpenBLAS 0.3.21 SkylakeX | AVX512 | avx512": what has to be equal for bits to be equal, on a CPU.
PRETRAIN_API const char* pretrain_describe() {
    static const std::string text = [] {
        auto configuration = find<char* (*)()>("openblas_get_config");
        auto core = find<char* (*)()>("openblas_get_corename");
        std::string blas = configuration == nullptr ? "BLAS unknown" : configuration();
        blas = blas.substr(0, blas.find(' ', blas.find(' ') + 1));
        return std::string(TORCH_VERSION) + " | " + blas + (core == nullptr ? "" : std::string(" ") + core()) + " | " + cpu_capability() + " | " + kernels().name;
    }();
    return text.c_str();
}
