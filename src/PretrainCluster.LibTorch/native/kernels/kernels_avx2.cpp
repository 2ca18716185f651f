#define WIDTH 8

#include "attention.h"

const pretrain::Kernels pretrain::avx2_kernels = {"avx2", forward_scratch, backward_scratch, attention_forward, attention_backward};
