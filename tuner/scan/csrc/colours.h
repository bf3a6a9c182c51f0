/* Text in colours in, the same without them out. */
#ifndef TUNER_COLOURS_H
#define TUNER_COLOURS_H

#include "bytes.h"

/* Behind the code that begins at p with an escape sign, as ESC[1;32m; NULL if none does. */
static const char *behind_code(const char *p, const char *end) {
    if (end - p < 3 || p[1] != '[') return NULL;
    for (p += 2; p < end && (is_digit(*p) || *p == ';');) p++;
    return p < end && (*p | 32) >= 'a' && (*p | 32) <= 'z' ? p + 1 : NULL;
}

/* Write the text without such codes; returns how much was written. */
int64_t scan_uncolour(const char *data, int64_t size, char *out) {
    const char *p = data, *all = data + size, *begin = out;
    while (p < all) {
        const char *code = memchr(p, '\x1b', (size_t)(all - p));
        const char *behind = code ? behind_code(code, all) : NULL;
        const char *stop = !code ? all : behind ? code : code + 1;
        memcpy(out, p, (size_t)(stop - p));
        out += stop - p;
        p = behind ? behind : stop;
    }
    return out - begin;
}

#endif
