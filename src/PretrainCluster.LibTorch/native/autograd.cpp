// Gradients: modes of the calling thread, backward, gradients of chosen inputs.
#include "native.h"

#include <vector>

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

using namespace pretrain;

namespace {
std::vector<at::Tensor> borrow_all(Handle* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}
}  // namespace

PRETRAIN_API int32_t pretrain_grad_mode() { return c10::GradMode::is_enabled(); }

PRETRAIN_API void pretrain_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

PRETRAIN_API int32_t pretrain_set_requires_grad(Handle handle, int32_t value) {
    return guarded([&] { borrow(handle).requires_grad_(value != 0); });
}

PRETRAIN_API int32_t pretrain_gradient(Handle handle, Handle* gradient) {
    return guarded([&] { *gradient = give(borrow(handle).grad()); });
}

PRETRAIN_API int32_t pretrain_set_gradient(Handle handle, Handle gradient) {
    return guarded([&] { borrow(handle).mutable_grad() = borrow(gradient); });
}

PRETRAIN_API int32_t pretrain_backward(Handle* outputs, int32_t outputs_count, Handle* gradients, int32_t gradients_count, int32_t retain_graph, int32_t create_graph) {
    return guarded([&] {
        torch::autograd::backward(borrow_all(outputs, outputs_count), borrow_all(gradients, gradients_count), retain_graph != 0, create_graph != 0);
    });
}

// Writes one handle for each input; null where the input was not used and that is allowed.
PRETRAIN_API int32_t pretrain_grad(Handle* outputs, int32_t outputs_count, Handle* inputs, int32_t inputs_count, Handle* gradients, int32_t gradients_count,
    int32_t retain_graph, int32_t create_graph, int32_t allow_unused, Handle* results) {
    return guarded([&] {
        auto found = torch::autograd::grad(borrow_all(outputs, outputs_count), borrow_all(inputs, inputs_count), borrow_all(gradients, gradients_count),
            retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); i++) results[i] = give(std::move(found[i]));
    });
}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)

PRETRAIN_API int32_t pretrain_autocast(int32_t device_type, int32_t* dtype) {
    auto device = static_cast<c10::DeviceType>(device_type);
    *dtype = static_cast<int32_t>(at::autocast::get_autocast_dtype(device));
    return at::autocast::is_autocast_enabled(device);
}

PRETRAIN_API int32_t pretrain_set_autocast(int32_t device_type, int32_t enabled, int32_t dtype) {
    return guarded([&] {
        auto device = static_cast<c10::DeviceType>(device_type);
        at::autocast::set_autocast_enabled(device, enabled != 0);
        at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(dtype));
        if (!enabled) at::autocast::clear_cache();
    });
}

#else

PRETRAIN_API int32_t pretrain_autocast(int32_t device_type, int32_t* dtype) {
    bool cpu = static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU;
    *dtype = static_cast<int32_t>(cpu ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype());
    return cpu ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}

PRETRAIN_API int32_t pretrain_set_autocast(int32_t device_type, int32_t enabled, int32_t dtype) {
    return guarded([&] {
        if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU) {
            at::autocast::set_cpu_enabled(enabled != 0);
            at::autocast::set_autocast_cpu_dtype(static_cast<at::ScalarType>(dtype));
        } else {
            at::autocast::set_enabled(enabled != 0);
            at::autocast::set_autocast_gpu_dtype(static_cast<at::ScalarType>(dtype));
        }
        if (!enabled) at::autocast::clear_cache();
    });
}

#endif
