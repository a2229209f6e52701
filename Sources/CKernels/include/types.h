// What one element of an array is; the values are those of SGCTensor's DataType.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Rows of a matrix that products take at once: with the widest panels their sums fill 24 registers of AVX-512, with the
// narrowest 12 of AVX2.
enum { SGC_PRODUCT_ROWS = 6 };

enum sgc_type { SGC_FLOAT32 = 0, SGC_BFLOAT16 = 1, SGC_FLOAT64 = 2, SGC_INT32 = 3, SGC_UINT8 = 4 };
