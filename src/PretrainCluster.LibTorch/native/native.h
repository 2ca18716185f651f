// The boundary between C# and libtorch: plain C types, no exception crosses it.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#define PRETRAIN_API extern "C" __attribute__((visibility("default")))

namespace pretrain {

// A tensor handle is a TensorImpl with one reference that the holder owns. Null is the undefined tensor.
using Handle = c10::TensorImpl*;

inline at::Tensor borrow(Handle handle) {
    return handle == nullptr
        ? at::Tensor()
        : at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(handle));
}

inline Handle give(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

enum Status : int32_t { ok = 0, torch_error = 1, index_error = 2, not_implemented = 3, out_of_memory = 4, other_error = 5 };

Status fail(Status status, std::string message) noexcept;

// Runs body and turns whatever it throws into a status, with the message kept for the calling thread.
template <typename Body>
Status guarded(Body&& body) noexcept {
    try {
        body();
        return ok;
    } catch (const c10::IndexError& error) {
        return fail(index_error, error.what_without_backtrace());
    } catch (const c10::NotImplementedError& error) {
        return fail(not_implemented, error.what_without_backtrace());
    } catch (const c10::Error& error) {
        std::string message = error.what_without_backtrace();
        bool memory = message.find("not enough memory") != std::string::npos || message.find("out of memory") != std::string::npos;
        return fail(memory ? out_of_memory : torch_error, std::move(message));
    } catch (const std::bad_alloc& error) {
        return fail(out_of_memory, error.what());
    } catch (const std::exception& error) {
        return fail(other_error, error.what());
    } catch (...) {
        return fail(other_error, "an exception of unknown type was thrown in native code");
    }
}

}  // namespace pretrain
