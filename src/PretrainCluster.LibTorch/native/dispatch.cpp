// Any operator by name, boxed: one call covers libtorch's whole operator set and our own kernels, autograd and autocast included.
#include "native.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

namespace pretrain {
namespace {

enum Tag : int32_t {
    tag_none = 0,
    tag_tensor = 1,
    tag_int = 2,
    tag_double = 3,
    tag_bool = 4,
    tag_string = 5,
    tag_int_list = 6,
    tag_double_list = 7,
    tag_bool_list = 8,
    tag_tensor_list = 9,
    tag_optional_tensor_list = 10,
    tag_device = 11,
};

struct Value {
    int32_t tag;
    int32_t count;
    union {
        int64_t integer;
        double real;
        void* pointer;
    };
};

static_assert(sizeof(Value) == 16, "the layout is shared with C#");

// c10::optional once, std::optional today.
using OptionalTensor = decltype(std::declval<const c10::IValue&>().toOptional<at::Tensor>());

c10::IValue to_ivalue(const Value& value) {
    auto count = static_cast<size_t>(value.count);
    auto integers = static_cast<const int64_t*>(value.pointer);
    switch (value.tag) {
        case tag_none: return {};
        case tag_tensor: return borrow(static_cast<Handle>(value.pointer));
        case tag_int: return value.integer;
        case tag_double: return value.real;
        case tag_bool: return value.integer != 0;
        case tag_string: return std::string(static_cast<const char*>(value.pointer), count);
        case tag_int_list: return std::vector<int64_t>(integers, integers + count);
        case tag_double_list: {
            auto reals = static_cast<const double*>(value.pointer);
            return std::vector<double>(reals, reals + count);
        }
        case tag_bool_list: {
            c10::List<bool> list;
            for (size_t i = 0; i < count; i++) list.push_back(integers[i] != 0);
            return list;
        }
        case tag_tensor_list: {
            c10::List<at::Tensor> list;
            list.reserve(count);
            for (size_t i = 0; i < count; i++) list.push_back(borrow(static_cast<Handle*>(value.pointer)[i]));
            return list;
        }
        case tag_optional_tensor_list: {
            c10::List<OptionalTensor> list;
            list.reserve(count);
            for (size_t i = 0; i < count; i++) {
                auto tensor = borrow(static_cast<Handle*>(value.pointer)[i]);
                list.push_back(tensor.defined() ? OptionalTensor(tensor) : OptionalTensor());
            }
            return list;
        }
        case tag_device: return c10::Device(static_cast<c10::DeviceType>(value.integer >> 32), static_cast<c10::DeviceIndex>(value.integer & 0xff));
        default: TORCH_CHECK(false, "unknown value tag ", value.tag);
    }
}

Value from_ivalue(const c10::IValue& source) {
    Value value{tag_none, 0, {0}};
    if (source.isTensor()) {
        value.tag = tag_tensor;
        value.pointer = give(source.toTensor());
    } else if (source.isTensorList()) {
        auto list = source.toTensorVector();
        value.tag = tag_tensor_list;
        value.count = static_cast<int32_t>(list.size());
        auto handles = static_cast<Handle*>(std::malloc(sizeof(Handle) * (list.size() + 1)));
        if (handles == nullptr) throw std::bad_alloc();
        for (size_t i = 0; i < list.size(); i++) handles[i] = give(std::move(list[i]));
        value.pointer = handles;
    } else if (source.isInt()) {
        value.tag = tag_int;
        value.integer = source.toInt();
    } else if (source.isDouble()) {
        value.tag = tag_double;
        value.real = source.toDouble();
    } else if (source.isBool()) {
        value.tag = tag_bool;
        value.integer = source.toBool();
    } else {
        TORCH_CHECK(source.isNone(), "an operator returned a ", source.tagKind(), ", which has no place on this boundary");
    }
    return value;
}

}  // namespace
}  // namespace pretrain

using namespace pretrain;

// An operator lives as long as the process, so its handle is never freed.
PRETRAIN_API int32_t pretrain_operator(const char* name, const char* overload, void** handle) {
    return guarded([&] { *handle = new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)); });
}

// Trailing arguments that are left out take the schema's defaults. Lists in results are freed by the caller with pretrain_free.
PRETRAIN_API int32_t pretrain_call(void* handle, const Value* arguments, int32_t count, Value* results, int32_t capacity, int32_t* returned) {
    return guarded([&] {
        const auto& op = *static_cast<c10::OperatorHandle*>(handle);
        const auto& schema = op.schema();
        const auto& declared = schema.arguments();
        TORCH_CHECK(static_cast<size_t>(count) <= declared.size(), schema.name(), " takes ", declared.size(), " arguments, not ", count);
        torch::jit::Stack stack;
        stack.reserve(declared.size());
        for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(arguments[i]));
        for (size_t i = count; i < declared.size(); i++) {
            TORCH_CHECK(declared[i].default_value().has_value(), schema.name(), " needs a value for ", declared[i].name());
            stack.push_back(*declared[i].default_value());
        }
        // Boxed kernels trust the stack; a value of the wrong type would end the process instead of failing.
        for (size_t i = 0; i < declared.size(); i++) {
            auto kind = declared[i].type()->kind();
            if (kind == c10::TypeKind::TensorType) {
                TORCH_CHECK(stack[i].isTensor(), schema.name(), " needs a tensor for ", declared[i].name());
            } else if (kind == c10::TypeKind::FloatType && stack[i].isInt()) {
                stack[i] = static_cast<double>(stack[i].toInt());
            } else if (kind == c10::TypeKind::IntType || kind == c10::TypeKind::BoolType || kind == c10::TypeKind::FloatType || kind == c10::TypeKind::NumberType) {
                TORCH_CHECK(stack[i].isInt() || stack[i].isBool() || stack[i].isDouble(), schema.name(), " needs a number for ", declared[i].name());
            } else if (kind == c10::TypeKind::OptionalType && stack[i].isInt()
                && declared[i].type()->castRaw<c10::OptionalType>()->getElementType()->kind() == c10::TypeKind::FloatType) {
                stack[i] = static_cast<double>(stack[i].toInt());
            }
        }
        op.callBoxed(stack);
        TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), schema.name(), " returned ", stack.size(), " values");
        *returned = static_cast<int32_t>(stack.size());
        for (size_t i = 0; i < stack.size(); i++) results[i] = from_ivalue(stack[i]);
    });
}

PRETRAIN_API void pretrain_free(void* pointer) { std::free(pointer); }
