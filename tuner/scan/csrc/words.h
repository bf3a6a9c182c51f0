/* How many words a JSON text has. */
#ifndef TUNER_WORDS_H
#define TUNER_WORDS_H

#include "bytes.h"

/* Whether Python's split() parts words there. */
static int is_blank(int code) {
    if (code <= ' ') return code == ' ' || (code >= 9 && code <= 13) || code >= 28;
    if (code >= 0x2000 && code <= 0x200A) return 1;
    return code == 0x85 || code == 0xA0 || code == 0x1680 || code == 0x2028 || code == 0x2029 ||
           code == 0x202F || code == 0x205F || code == 0x3000;
}

/* The character of the escape at p. */
static int code_of_escape(const char *p) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *known = strchr(from, p[1]);
    return p[1] == 'u' ? code_of(p + 2) : known ? to[known - from] : p[1];
}

/* The character at p of a valid text, and how long it is. */
static int character(const char *p, int *size) {
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned char first = (unsigned char)*p;
    *size = *p == '\\' ? (p[1] == 'u' ? 6 : 2) : first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (*p == '\\') return code_of_escape(p);
    int code = first & lead[*size];
    for (int i = 1; i < *size; i++) code = code << 6 | (p[i] & 0x3F);
    return code;
}

/* How many words a valid text has, as Python's split() parts them. */
static int words_of(const char *p, const char *close) {
    int words = 0, inside = 0, size;
    for (; p < close; p += size) {
        int blank = is_blank(character(p, &size));
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

#endif
