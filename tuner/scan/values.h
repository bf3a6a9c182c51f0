/* JSON values, read strictly: what is accepted here Python never sees. */
#ifndef TUNER_VALUES_H
#define TUNER_VALUES_H

#include "bytes.h"
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

/* How many of eight bytes come before a quote, a backslash, or a byte below a blank or above ASCII.
 * Such a byte may mark those behind it too (the borrow), so that only the first mark counts. */
static int ordinary(uint64_t word) {
    uint64_t quote = word ^ EACH('"'), slash = word ^ EACH('\\');
    uint64_t found = (quote - EACH(1)) & ~quote;
    found |= (slash - EACH(1)) & ~slash;
    found |= ((word - EACH(' ')) & ~word) | word;
    found &= EACH(0x80);
    return found ? __builtin_ctzll(found) / 8 : 8;
}

/* The closing quote of the string that goes on at p; NULL if it is not valid. */
static const char *string(const char *p, const char *end, int *escaped) {
    while (p < end) {
        uint64_t word;
        if (end - p >= 8) {
            memcpy(&word, p, 8);
            int n = ordinary(word);
            p += n;
            if (n == 8) continue;
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
    int negative;
} Number;

/* Behind the number at p; NULL if it is not valid, or too odd to be one of LiveKit's. */
static const char *number(const char *p, const char *end, Number *told) {
    const char *start = p, *point = NULL;
    uint64_t whole = 0;
    p += p < end && *p == '-';
    const char *first = p;
    for (; p < end && p - first < 20; p++) {
        if (is_digit(*p))
            whole = whole * 10 + (uint64_t)(*p - '0');
        else if (*p == '.' && !point)
            point = p;
        else
            break;
    }
    long size = p - first, behind = point ? p - point - 1 : 0;
    if (p == end || size == 0 || size == 20 || (*p != ',' && *p != '}')) return NULL;
    if (point == first || (point && !behind)) return NULL;
    if (*first == '0' && size > 1 && point != first + 1) return NULL;
    *told = (Number){start, whole, p - start, behind, first > start};
    return p;
}

/* The value of a number; NAN if it cannot be told. */
static double worth(const Number *told) {
    static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    if (told->whole <= 1ull << 53) { /* then one division rounds right (Clinger, PLDI 1990) */
        double value = (double)told->whole / tens[told->behind];
        return told->negative ? -value : value;
    }
    char *stop, text[32] = {0};
    memcpy(text, told->at, (size_t)told->size);
    double value = strtod(text, &stop);
    return stop == text + told->size ? value : NAN; /* this process may write 0,5 for a half */
}

#endif
