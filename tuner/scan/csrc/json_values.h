/* JSON values, read strictly: what is accepted here Python never sees. */
#ifndef TUNER_JSON_VALUES_H
#define TUNER_JSON_VALUES_H

#include "bytes.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* How long the UTF-8 sequence at p is; 0 if it is none. */
static int utf8(const unsigned char *p, const unsigned char *end) {
    int n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || end - p < n) return 0;
    for (int i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
    if (p[0] == 0xED && p[1] > 0x9F) return 0; /* surrogates */
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    return p[0] == 0xF4 && p[1] > 0x8F ? 0 : n;
}

/* Whether it is UTF-8 without NUL. */
static int is_text(const char *p, const char *end) {
    for (int n; p < end; p += n) {
        n = *p & 0x80 ? utf8((const unsigned char *)p, (const unsigned char *)end) : *p != 0;
        if (!n) return 0;
    }
    return 1;
}

/* How long the escape at p is; 0 if it is none, or half of a pair that Python has to judge. */
static int escape(const char *p, const char *end) {
    if (end - p < 2) return 0;
    if (p[1] != 'u') return strchr("\"\\/bfnrt", p[1]) && p[1] ? 2 : 0;
    return end - p >= 6 && code_of(p + 2) >= 0 ? 6 : 0;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The first byte of a word must be its lowest."
#endif

#define EACH(byte) (0x0101010101010101u * (byte))

typedef signed char Bytes __attribute__((vector_size(16)));

/* How many of sixteen bytes come before a quote, a backslash, or one below a blank or above ASCII
 * (which is below zero). */
static inline int ordinary(const char *p) {
    Bytes bytes, odd;
    uint64_t half[2];
    memcpy(&bytes, p, sizeof bytes);
    odd = (bytes < ' ') | (bytes == '"') | (bytes == '\\');
    memcpy(half, &odd, sizeof half);
    if (half[0]) return __builtin_ctzll(half[0]) / 8;
    return half[1] ? 8 + __builtin_ctzll(half[1]) / 8 : 16;
}

/* Copy the ordinary bytes at *p, as long as there are sixteen more, and go behind them; returns where
 * the copy ends. Up to sixteen bytes behind that may be written over. */
static inline char *copied(const char **p, const char *end, char *out) {
    while (end - *p >= 16) {
        memcpy(out, *p, 16);
        int n = ordinary(*p);
        out += n;
        *p += n;
        if (n < 16) break;
    }
    return out;
}

/* The closing quote of the string that goes on at p; NULL if it is not valid. */
static const char *string(const char *p, const char *end, int *escaped) {
    while (p < end) {
        if (end - p >= 16) {
            int n = ordinary(p);
            p += n;
            if (n == 16) continue;
        }
        int n = 1;
        if (*p == '"') return p;
        if (*p == '\\') {
            n = escape(p, end);
            *escaped = 1;
        } else if ((unsigned char)*p >= 0x80)
            n = utf8((const unsigned char *)p, (const unsigned char *)end);
        else if ((unsigned char)*p < ' ')
            n = 0;
        if (!n) return NULL;
        p += n;
    }
    return NULL;
}

/* A number as it is written: its digits as one, and how many of them stand behind the point. */
typedef struct {
    const char *at;
    uint64_t whole;
    long size, behind;
    int negative, exponent;
} Number;

/* Whether eight bytes are digits, from which EACH('0') was taken. */
static inline int are_digits(uint64_t bytes) {
    return ((bytes | ((bytes & EACH(0x7F)) + EACH(0x76))) & EACH(0x80)) == 0;
}

/* The worth of eight digits, the first of which is in the lowest byte. */
static uint64_t eight(uint64_t digits) {
    digits = (digits * 2561) >> 8 & 0x00FF00FF00FF00FFu;
    digits = (digits * 6553601) >> 16 & 0x0000FFFF0000FFFFu;
    return (digits * 42949672960001) >> 32;
}

static int is_behind_value(char c) { return c == ',' || c == '}' || c == ']'; }

/* As `number`, without a loop, of one that ends within eight bytes, as most do; else NULL. */
static inline const char *short_number(const char *start, const char *p, const char *end, Number *read) {
    if (end - p < 8) return NULL;
    uint64_t word = word_at(p) ^ EACH('0');
    uint64_t others = (((word & EACH(0x7F)) + EACH(0x76)) | word) & EACH(0x80), whole = word;
    if (!others) return NULL;
    int before = __builtin_ctzll(others) / 8, size = before, behind = 0;
    if (p[before] == '.') {
        uint64_t later = others & (others - 1), low = ((uint64_t)1 << 8 * before) - 1;
        if (!later) return NULL;
        size = __builtin_ctzll(later) / 8;
        behind = size - before - 1;
        if (!behind) return NULL;
        whole = (word & low) | (word >> 8 & ~low);
    }
    char last = p[size];
    if (!before || !is_behind_value(last) || (*p == '0' && before > 1)) return NULL;
    whole = eight(whole << 8 * (8 - before - behind));
    *read = (Number){start, whole, p + size - start, behind, p > start, 0};
    return p + size;
}

/* Behind the exponent at p; NULL if it is not valid, or has more than two digits. */
static const char *behind_exponent(const char *p, const char *end) {
    p++;
    p += p < end && (*p == '-' || *p == '+');
    const char *first = p;
    while (p < end && p - first < 3 && is_digit(*p)) p++;
    return p - first == 1 || p - first == 2 ? p : NULL;
}

enum { LONGEST_NUMBER = 24, MOST_BEHIND = 22 };
static const uint64_t MOST_WHOLE = 1000000000000000000u; /* below it, one more digit fits */

/* As `number`, of any length; `first` is behind the sign. */
static const char *long_number(const char *start, const char *first, const char *end,
                               Number *read) {
    const char *p = first, *point = NULL;
    uint64_t whole = 0;
    for (; p < end && p - first <= LONGEST_NUMBER; p++) {
        if (is_digit(*p) && whole < MOST_WHOLE)
            whole = whole * 10 + (uint64_t)(*p - '0');
        else if (*p == '.' && !point)
            point = p;
        else
            break;
    }
    long size = p - first, behind = point ? p - point - 1 : 0;
    int exponent = p < end && (*p == 'e' || *p == 'E');
    if (exponent && !(p = behind_exponent(p, end))) return NULL;
    if (p == end || size == 0 || !is_behind_value(*p)) return NULL;
    if (point == first || (point && !behind) || behind > MOST_BEHIND) return NULL;
    if (*first == '0' && size > 1 && point != first + 1) return NULL;
    *read = (Number){start, whole, p - start, behind, first > start, exponent};
    return p;
}

/* Behind the number at p; NULL if it is not valid, or too odd to be one of LiveKit's. */
static inline const char *number(const char *p, const char *end, Number *read) {
    const char *first = p + (p < end && *p == '-'), *done = short_number(p, first, end, read);
    return done ? done : long_number(p, first, end, read);
}

/* The value of a number; NAN if this process writes 0,5 for a half. */
static double worth_as_text(const Number *read) {
    char *stop, text[32] = {0};
    memcpy(text, read->at, (size_t)read->size);
    double value = strtod(text, &stop);
    return stop == text + read->size ? value : NAN;
}

/* The value of a number; NAN if that is in doubt. */
static double worth(const Number *read) {
    static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
                                  1e20, 1e21, 1e22};
    if (read->exponent) return worth_as_text(read);
    if (read->whole <= 1ull << 53) { /* then one division rounds right (Clinger, PLDI 1990) */
        double value = (double)read->whole / tens[read->behind];
        return read->negative ? -value : value;
    }
#if LDBL_MANT_DIG == 64
    /* Rounded to 64 bits, and then to 53: wrong only in the middle between two doubles. */
    static const long double more[] = {1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L,
                                       1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L,
                                       1e18L, 1e19L, 1e20L, 1e21L, 1e22L};
    long double exact = (long double)read->whole / more[read->behind];
    uint64_t bits = word_at((const char *)&exact);
    if ((bits & 0x7FF) != 0x400) return read->negative ? -(double)exact : (double)exact;
#endif
    return worth_as_text(read);
}

#endif
