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

/* How many twelfths of a word a letter of a script without blanks is; 0 for any other character. */
static int share_of(int code) {
    if (code < 0x0E00 || code > 0xFAFF) return 0;
    if ((code >= 0x3400 && code <= 0x4DBF) || (code >= 0x4E00 && code <= 0x9FFF) || code >= 0xF900) return 6;
    if (code >= 0x3040 && code <= 0x30FF) return 4;
    int is_other = code <= 0x0EFF || (code >= 0x1000 && code <= 0x109F) || (code >= 0x1780 && code <= 0x17FF);
    return is_other ? 3 : 0;
}

/* Whether it is a mark of such a script, which parts words as a blank does. */
static int is_mark(int code) {
    return (code >= 0x3000 && code <= 0x303F) || (code >= 0xFF00 && code <= 0xFF0F) ||
           (code >= 0xFF1A && code <= 0xFF20) || (code >= 0xFF3B && code <= 0xFF40) ||
           (code >= 0xFF5B && code <= 0xFF65);
}

enum { LONGEST_MASK = 42 };

/* Whether every one of the characters is one that a mask consists of. */
static int all_of(const int *codes, int n, const char *ascii, int with_blocks) {
    for (int i = 0; i < n; i++) {
        int is_block = with_blocks && (codes[i] == 0x2022 || codes[i] == 0x2588);
        if (!is_block && (codes[i] <= 0 || codes[i] > 127 || !strchr(ascii, codes[i]))) return 0;
    }
    return n > 0;
}

/* Whether "redacted" stands there, in any case. */
static int is_redacted(const int *codes, int n) {
    static const char name[] = "redacted";
    for (int i = 0; i < n; i++)
        if (n != 8 || (codes[i] | 32) != name[i]) return 0;
    return n == 8;
}

enum { SHORTEST_HASH = 16, LONGEST_HASH = 128 };

/* Whether it is one word of digits and letters that is too long to be spoken. */
static int is_hash(const char *p, const char *close) {
    int digits = 0, letters = 0, n = 0;
    if (close - p < SHORTEST_HASH) return 0;
    for (; p < close && n <= LONGEST_HASH; p++, n++) {
        if (*p == '\\' && p[1] == '/') p++;
        int is_digit = *p >= '0' && *p <= '9', is_letter = (*p | 32) >= 'a' && (*p | 32) <= 'z';
        if (!is_digit && !is_letter && (!*p || !strchr("+/=_:-", *p))) return 0;
        digits += is_digit, letters += is_letter;
    }
    return n >= SHORTEST_HASH && n <= LONGEST_HASH && digits && letters;
}

/* Whether a text was masked before the log was shared, as `lines/spoken_words.py` has it. */
static int is_masked(const char *p, const char *close) {
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .:*#-";
    static const char opening[] = "[<({", closing[] = "]>)}";
    int codes[LONGEST_MASK], n = 0, size;
    if (p == close || is_hash(p, close)) return 1;
    if ((!(*p & 0x80) && !strchr("*#_%~|-xXrR[<({\\", *p))) return 0; /* as of most texts */
    for (; p < close; p += size) {
        if (n == LONGEST_MASK) return 0;
        codes[n++] = character(p, &size);
    }
    if (n <= 40 && all_of(codes, n, "*#_-", 1)) return 1;
    if ((n >= 3 && n <= 40 && all_of(codes, n, "xX", 0)) || is_redacted(codes, n)) return 1;
    int first = 0, last = n;
    while (first < last && codes[first] > 0 && codes[first] < 128 && strchr("*_%~|-", codes[first])) first++;
    while (last > first && codes[last - 1] > 0 && codes[last - 1] < 128 && strchr("*_%~|-", codes[last - 1])) last--;
    if (first && first <= 4 && n - last && n - last <= 4 && is_redacted(codes + first, last - first)) return 1;
    const char *kind = n > 2 && codes[0] > 0 && codes[0] < 128 ? strchr(opening, codes[0]) : NULL;
    return kind && codes[n - 1] == closing[kind - opening] && all_of(codes + 1, n - 2, inside, 0);
}

/* How many words a valid text has, as `lines/spoken_words.py` counts them; NAN if it was masked. */
static double words_of(const char *p, const char *close) {
    int words = 0, inside = 0, shares = 0, size;
    if (is_masked(p, close)) return NAN;
    for (; p < close; p += size) {
        int code = character(p, &size), share = share_of(code);
        int parts = share || is_blank(code) || is_mark(code);
        shares += share;
        words += !parts && !inside;
        inside = !parts;
    }
    return words + (shares + 11) / 12;
}

#endif
