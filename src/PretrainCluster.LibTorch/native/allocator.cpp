// Host memory that is kept and used again. A step asks for the same large blocks over and over; the C library hands those back to the system each time,
// and fetching them again, page by page, costs more than much of the arithmetic.
#include "native.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include <c10/core/CPUAllocator.h>

namespace pretrain {
namespace {

constexpr size_t alignment = 64;
constexpr size_t smallest_kept = 1 << 16;  // the C library is quick with what is smaller
constexpr size_t spare = 64 << 20;         // held beyond what was ever used at once, or an eighth of that

// Lies in front of every block, filling the alignment.
struct Header {
    size_t capacity;
    size_t bucket;  // 0: not kept
};
static_assert(sizeof(Header) <= alignment, "a header must not move the block off its alignment");

// Eight sizes to each power of two: at most an eighth of a block is wasted.
size_t bucket_of(size_t bytes, size_t* capacity) {
    size_t top = 63 - __builtin_clzll(bytes - 1);
    size_t step = size_t{1} << (top - 3);
    size_t eighths = (bytes + step - 1) / step;  // 9 to 16
    *capacity = eighths * step;
    return top * 8 + (eighths - 9) + 1;
}

class KeptMemory {
public:
    KeptMemory() : limit_(static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 2), free_(64 * 8 + 1) {}

    void* take(size_t bytes) {
        size_t capacity = bytes, bucket = 0;
        if (bytes >= smallest_kept) {
            bucket = bucket_of(bytes, &capacity);
            std::lock_guard<std::mutex> lock(mutex_);
            auto& list = free_[bucket];
            if (!list.empty()) {
                auto base = list.back();
                list.pop_back();
                kept_ -= capacity;
                use(capacity);
                count(capacity);
                return base + alignment;
            }
            auto needed = std::max(needed_, used_ + capacity);
            release_down_to(needed + std::max(needed / 8, spare) - capacity);
        }
        auto base = fresh(capacity);
        if (base == nullptr) {
            release_all();
            base = fresh(capacity);
        }
        TORCH_CHECK_WITH(OutOfMemoryError, base != nullptr, "not enough memory: ", bytes, " bytes were asked for");
        if (bucket != 0) {
            std::lock_guard<std::mutex> lock(mutex_);
            use(capacity);
        }
        count(capacity);
        *reinterpret_cast<Header*>(base) = {capacity, bucket};
        return base + alignment;
    }

    void give_back(void* pointer) {
        auto base = static_cast<char*>(pointer) - alignment;
        auto header = *reinterpret_cast<Header*>(base);
        all_ -= header.capacity;
        if (header.bucket != 0) {
            std::lock_guard<std::mutex> lock(mutex_);
            used_ -= header.capacity;
            if (kept_ + header.capacity <= limit_) {
                free_[header.bucket].push_back(base);
                kept_ += header.capacity;
                return;
            }
        }
        std::free(base);
    }

    void release_all() {
        std::lock_guard<std::mutex> lock(mutex_);
        needed_ = used_;
        release_down_to(used_);
    }

    size_t kept() {
        std::lock_guard<std::mutex> lock(mutex_);
        return kept_;
    }

    // In blocks of any size.
    size_t used() { return all_; }

    // The most that was used at a time since this was asked before, in blocks of any size.
    size_t highest() { return highest_.exchange(all_); }

private:
    // Each size is kept by itself, and the sizes are at their highest at different times: without this, all together take more than was ever used at once, in an ST-GCN's step 1.35
    // times as much. The largest go first, being the fewest.
    void release_down_to(size_t total) {
        for (auto list = free_.rbegin(); list != free_.rend() && used_ + kept_ > total; ++list) {
            while (!list->empty() && used_ + kept_ > total) {
                auto base = list->back();
                list->pop_back();
                kept_ -= reinterpret_cast<Header*>(base)->capacity;
                std::free(base);
            }
        }
    }

    // By the caller that holds the lock.
    void use(size_t capacity) {
        used_ += capacity;
        needed_ = std::max(needed_, used_);
    }

    // The small blocks, too: an encoder that goes through time step by step has thousands of them.
    void count(size_t bytes) {
        auto all = all_ += bytes;
        auto known = highest_.load();
        while (known < all && !highest_.compare_exchange_weak(known, all)) {}
    }

    static char* fresh(size_t capacity) {
        void* base = nullptr;
        return posix_memalign(&base, alignment, capacity + alignment) == 0 ? static_cast<char*>(base) : nullptr;
    }

    std::mutex mutex_;
    size_t limit_, kept_ = 0, used_ = 0;  // of the sizes that are kept
    size_t needed_ = 0;                   // the most of them that was used at a time
    std::atomic<size_t> all_{0}, highest_{0};
    std::vector<std::vector<char*>> free_;
};

// Never destroyed: tensors may outlive every static object.
KeptMemory& memory() {
    static auto kept = new KeptMemory();
    return *kept;
}

void give_back(void* pointer) {
    if (pointer != nullptr) memory().give_back(pointer);
}

// Releases differ in whether allocate is const and in whether copy_data exists; this one has them all, and overrides what there is.
struct KeepingAllocator final : at::Allocator {
    at::DataPtr allocate(size_t bytes) const { return take(bytes); }
    at::DataPtr allocate(size_t bytes) { return take(bytes); }
    void copy_data(void* target, const void* source, size_t count) const { std::memcpy(target, source, count); }
    at::DeleterFnPtr raw_deleter() const override { return &give_back; }

private:
    static at::DataPtr take(size_t bytes) {
        auto block = bytes == 0 ? nullptr : memory().take(bytes);
        return {block, block, &give_back, at::Device(at::DeviceType::CPU)};
    }
};

KeepingAllocator allocator;

}  // namespace
}  // namespace pretrain

// From now on libtorch's tensors on the CPU live in kept memory; those made before stay with the allocator that they came from.
PRETRAIN_API void pretrain_keep_memory() {
    // What is released goes back to the system at once. By itself the C library raises this bound to the largest block that it was ever given back, up to 32 MiB, and keeps smaller ones
    // between others that are in use: 0.7 GiB in a step of momentum contrast between BiGRU and HCN.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    c10::SetCPUAllocator(&pretrain::allocator, 1);
}

PRETRAIN_API void pretrain_release_memory() { pretrain::memory().release_all(); }

PRETRAIN_API uint64_t pretrain_kept_memory() { return pretrain::memory().kept(); }

PRETRAIN_API uint64_t pretrain_used_memory() { return pretrain::memory().used(); }

PRETRAIN_API uint64_t pretrain_highest_memory() { return pretrain::memory().highest(); }
