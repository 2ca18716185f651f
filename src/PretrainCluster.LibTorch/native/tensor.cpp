// Tensor handles: lifetime, metadata, memory.
#include "native.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/TensorOptions.h>

using namespace pretrain;

namespace {
thread_local std::string last_error;
}

namespace pretrain {
Status fail(Status status, std::string message) noexcept {
    last_error.swap(message);
    return status;
}
}  // namespace pretrain

PRETRAIN_API const char* pretrain_error() { return last_error.c_str(); }

PRETRAIN_API void pretrain_release(Handle handle) {
    if (handle != nullptr) at::Tensor released(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(handle));
}

// A second handle of the same tensor.
PRETRAIN_API Handle pretrain_share(Handle handle) { return give(borrow(handle)); }

PRETRAIN_API int32_t pretrain_dim(Handle handle, int64_t* dim) {
    return guarded([&] { *dim = borrow(handle).dim(); });
}

PRETRAIN_API int32_t pretrain_shape(Handle handle, int64_t* sizes, int64_t* strides) {
    return guarded([&] {
        auto tensor = borrow(handle);
        std::copy(tensor.sizes().begin(), tensor.sizes().end(), sizes);
        if (strides != nullptr) std::copy(tensor.strides().begin(), tensor.strides().end(), strides);
    });
}

struct Metadata {
    int64_t dim, elements, element_size, storage_offset;
    int32_t dtype, device_type, device_index, requires_grad, is_leaf, is_contiguous;
};

PRETRAIN_API int32_t pretrain_metadata(Handle handle, Metadata* metadata) {
    return guarded([&] {
        auto tensor = borrow(handle);
        metadata->dim = tensor.dim();
        metadata->elements = tensor.numel();
        metadata->element_size = tensor.element_size();
        metadata->storage_offset = tensor.storage_offset();
        metadata->dtype = static_cast<int32_t>(tensor.scalar_type());
        metadata->device_type = static_cast<int32_t>(tensor.device().type());
        metadata->device_index = tensor.device().index();
        metadata->requires_grad = tensor.requires_grad();
        metadata->is_leaf = tensor.is_leaf();
        metadata->is_contiguous = tensor.is_contiguous();
    });
}

PRETRAIN_API int32_t pretrain_data(Handle handle, void** data) {
    return guarded([&] { *data = borrow(handle).data_ptr(); });
}

// A tensor over memory that someone else owns; release(context) is called once, when the last view of it is gone.
PRETRAIN_API int32_t pretrain_from_blob(void* data, const int64_t* sizes, int32_t dim, int32_t dtype, void (*release)(void*), void* context, Handle* result) {
    return guarded([&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        at::IntArrayRef shape(sizes, static_cast<size_t>(dim));
        auto deleter = [release, context](void*) { if (release != nullptr) release(context); };
        *result = give(at::from_blob(data, shape, deleter, options));
    });
}
