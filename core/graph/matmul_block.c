/* SPDX-License-Identifier: MIT */
/*
 * matmul_block.c - the inner loops of matrix products, by instruction set.
 *
 * Not with target_clones, as elsewhere: how much of c fits the registers
 * depends on the instruction set, and so do the blocks.
 */
#include "graph/matmul.h"

#include <string.h>

#define PASTE(a, b) a##b

/*
 * sum += factor * x, fused.  Compilers contract no products here, so gcc is
 * given fma lane by lane, in a loop that it turns into one instruction if it
 * does not unroll it first; clang does not turn it, and is allowed to
 * contract this one sum.
 */
#define ADD_BY_LANES(fma, type, lanes, sum, factor, x)          \
    do {                                                        \
        type r_ = x;                                            \
                                                                \
        KEEP_LOOP                                               \
        for (int l_ = 0; l_ < (lanes); l_++)                    \
            r_[l_] = fma(factor, (x)[l_], (sum)[l_]);           \
        (sum) = r_;                                             \
    } while (0)
#define ADD_SCALARS_F32(type, lanes, sum, factor, x) \
    ADD_BY_LANES(__builtin_fmaf, type, lanes, sum, factor, x)
#define ADD_SCALARS_F64(type, lanes, sum, factor, x) \
    ADD_BY_LANES(__builtin_fma, type, lanes, sum, factor, x)

#ifdef __clang__
#define FULLY _Pragma("clang loop unroll(full)")
#define KEEP_LOOP
#define ADD_VECTORS(type, lanes, sum, factor, x)                \
    do {                                                        \
        _Pragma("STDC FP_CONTRACT ON")                          \
        (sum) = (factor) * (x) + (sum);                         \
    } while (0)
#define ADD_VECTORS_F32 ADD_VECTORS
#define ADD_VECTORS_F64 ADD_VECTORS
#define LONG_VECTORS , min_vector_width(512)
#else
#define FULLY _Pragma("GCC unroll 8")
#define KEEP_LOOP _Pragma("GCC unroll 1")
#define ADD_VECTORS_F32 ADD_SCALARS_F32
#define ADD_VECTORS_F64 ADD_SCALARS_F64
#define LONG_VECTORS
#endif

#ifdef MESA_HAVE_TARGET_CLONES
#define ELEMENT float
#define BYTES 64
#define TARGET \
    __attribute__((target("avx512f,avx512vl,fma") LONG_VECTORS))
#define MULTIPLY_ADD ADD_VECTORS_F32
#define NAME(x) PASTE(f32_512_, x)
#define UNROLL FULLY
#define MANY_REGISTERS 1
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 64
#define TARGET \
    __attribute__((target("avx512f,avx512vl,fma") LONG_VECTORS))
#define MULTIPLY_ADD ADD_VECTORS_F64
#define NAME(x) PASTE(f64_512_, x)
#define UNROLL FULLY
#define MANY_REGISTERS 1
#include "graph/matmul_block.h"

#define ELEMENT float
#define BYTES 32
#define TARGET __attribute__((target("avx2,fma")))
#define MULTIPLY_ADD ADD_VECTORS_F32
#define NAME(x) PASTE(f32_256_, x)
#define UNROLL FULLY
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 32
#define TARGET __attribute__((target("avx2,fma")))
#define MULTIPLY_ADD ADD_VECTORS_F64
#define NAME(x) PASTE(f64_256_, x)
#define UNROLL FULLY
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"
#endif

/* What any processor can do; without fused multiply-adds, slowly. */
#define ELEMENT float
#define BYTES 32
#define TARGET
#ifdef __FP_FAST_FMAF
#define MULTIPLY_ADD ADD_VECTORS_F32
#define UNROLL FULLY
#else
#define MULTIPLY_ADD ADD_SCALARS_F32
#define UNROLL
#endif
#define NAME(x) PASTE(f32_any_, x)
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 32
#define TARGET
#ifdef __FP_FAST_FMA
#define MULTIPLY_ADD ADD_VECTORS_F64
#define UNROLL FULLY
#else
#define MULTIPLY_ADD ADD_SCALARS_F64
#define UNROLL
#endif
#define NAME(x) PASTE(f64_any_, x)
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"

const struct mesa_matmul_set *
mesa_matmul_set(size_t i, size_t size)
{
    const bool single = size == sizeof(float);
    const struct mesa_matmul_set *set[3];
    size_t n = 0;

#ifdef MESA_HAVE_TARGET_CLONES
    if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512vl"))
        set[n++] = single ? &f32_512_set : &f64_512_set;
    if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2"))
        set[n++] = single ? &f32_256_set : &f64_256_set;
#endif
    set[n++] = single ? &f32_any_set : &f64_any_set;
    return i < n ? set[i] : NULL;
}
