/* SPDX-License-Identifier: MIT */
/*
 * matmul_block.c - the inner loops of matrix products, by instruction set.
 *
 * Not with target_clones, as elsewhere: how much of c fits the registers
 * depends on the instruction set, and so do the blocks.
 */
#include "graph/matmul.h"
#include "graph/transpose.h"

#include <string.h>

#ifdef MESA_HAVE_TARGET_CLONES
#include <immintrin.h>
#endif

#define PASTE(a, b) a##b

#ifdef __clang__
#define FULLY _Pragma("clang loop unroll(full)")
#define LONG_VECTORS , min_vector_width(512)
#else
#define FULLY _Pragma("GCC unroll 24")
#define LONG_VECTORS
#endif

#ifdef MESA_HAVE_TARGET_CLONES
#define ELEMENT float
#define BYTES 64
#define TARGET \
    __attribute__((target("avx512f,avx512vl,fma") LONG_VECTORS))
#define MULTIPLY_ADD(sum, factor, x) \
    ((sum) = _mm512_fmadd_ps(_mm512_set1_ps(factor), x, sum))
#define MULTIPLY_ADD_HALF(sum, factor, x) \
    ((sum) = _mm256_fmadd_ps(_mm256_set1_ps(factor), x, sum))
#define NAME(x) PASTE(f32_512_, x)
#define COLUMNS columns_8_f32
#define UNROLL FULLY
#define MANY_REGISTERS 1
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 64
#define TARGET \
    __attribute__((target("avx512f,avx512vl,fma") LONG_VECTORS))
#define MULTIPLY_ADD(sum, factor, x) \
    ((sum) = _mm512_fmadd_pd(_mm512_set1_pd(factor), x, sum))
#define MULTIPLY_ADD_HALF(sum, factor, x) \
    ((sum) = _mm256_fmadd_pd(_mm256_set1_pd(factor), x, sum))
#define NAME(x) PASTE(f64_512_, x)
#define COLUMNS columns_4_f64
#define UNROLL FULLY
#define MANY_REGISTERS 1
#include "graph/matmul_block.h"

#define ELEMENT float
#define BYTES 32
#define TARGET __attribute__((target("avx2,fma")))
#define MULTIPLY_ADD(sum, factor, x) \
    ((sum) = _mm256_fmadd_ps(_mm256_set1_ps(factor), x, sum))
#define MULTIPLY_ADD_HALF(sum, factor, x) \
    ((sum) = _mm_fmadd_ps(_mm_set1_ps(factor), x, sum))
#define NAME(x) PASTE(f32_256_, x)
#define COLUMNS columns_8_f32
#define UNROLL FULLY
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 32
#define TARGET __attribute__((target("avx2,fma")))
#define MULTIPLY_ADD(sum, factor, x) \
    ((sum) = _mm256_fmadd_pd(_mm256_set1_pd(factor), x, sum))
#define MULTIPLY_ADD_HALF(sum, factor, x) \
    ((sum) = _mm_fmadd_pd(_mm_set1_pd(factor), x, sum))
#define NAME(x) PASTE(f64_256_, x)
#define COLUMNS columns_4_f64
#define UNROLL FULLY
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"
#endif

/*
 * What any processor can do; without fused multiply-adds, slowly.  Compilers
 * contract no products here, so gcc is given fma lane by lane, in a loop that
 * it turns into one instruction if it does not unroll it first; clang does
 * not turn it, and is allowed to contract this one sum.
 */
#define ADD_BY_LANES(fma, sum, factor, x)                             \
    do {                                                              \
        const int lanes_ = (int)(sizeof(x) / sizeof((x)[0]));         \
        __typeof__(sum) r_ = x;                                       \
                                                                      \
        KEEP_LOOP                                                     \
        for (int l_ = 0; l_ < lanes_; l_++)                           \
            r_[l_] = fma(factor, (x)[l_], (sum)[l_]);                 \
        (sum) = r_;                                                   \
    } while (0)
#ifdef __clang__
#define KEEP_LOOP
#define ADD_VECTORS(sum, factor, x)                                   \
    do {                                                              \
        _Pragma("STDC FP_CONTRACT ON")                                \
        (sum) = (factor) * (x) + (sum);                               \
    } while (0)
#else
#define KEEP_LOOP _Pragma("GCC unroll 1")
#endif

#define ELEMENT float
#define BYTES 32
#define TARGET
#if defined __FP_FAST_FMAF && defined __clang__
#define MULTIPLY_ADD ADD_VECTORS
#else
#define MULTIPLY_ADD(sum, factor, x) \
    ADD_BY_LANES(__builtin_fmaf, sum, factor, x)
#endif
#ifdef __FP_FAST_FMAF
#define UNROLL FULLY
#else
#define UNROLL
#endif
#define MULTIPLY_ADD_HALF MULTIPLY_ADD
#define NAME(x) PASTE(f32_any_, x)
#define COLUMNS columns_8_f32
#define MANY_REGISTERS 0
#include "graph/matmul_block.h"

#define ELEMENT double
#define BYTES 32
#define TARGET
#if defined __FP_FAST_FMA && defined __clang__
#define MULTIPLY_ADD ADD_VECTORS
#else
#define MULTIPLY_ADD(sum, factor, x) \
    ADD_BY_LANES(__builtin_fma, sum, factor, x)
#endif
#ifdef __FP_FAST_FMA
#define UNROLL FULLY
#else
#define UNROLL
#endif
#define MULTIPLY_ADD_HALF MULTIPLY_ADD
#define NAME(x) PASTE(f64_any_, x)
#define COLUMNS columns_4_f64
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
