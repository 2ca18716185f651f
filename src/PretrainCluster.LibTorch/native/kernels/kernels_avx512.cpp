#define WIDTH 16

#include "attention.h"

const pretrain::Kernels pretrain::avx512_kernels = {"avx512", forward_scratch, backward_scratch, attention_forward, attention_backward};
