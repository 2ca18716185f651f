#define WIDTH 4

#include "attention.h"

const pretrain::Kernels pretrain::generic_kernels = {"generic", forward_scratch, backward_scratch, attention_forward, attention_backward};
