/* The fields of a row of a Rich screen, which stand below it, wrapped at blanks. */
#ifndef TUNER_SCREEN_FIELDS_H
#define TUNER_SCREEN_FIELDS_H

#include "screen_rows.h"

enum { PREFIX = 80 }; /* bytes in which a prefix ends with a bar */

/* Whether a line begins with what may be a level: then it may be a line of another program. */
static int is_level(const char *p, const char *end) {
    static const char *const levels[] = {"trace", "debug", "dev", "info", "success", "notice", "warn",
                                         "warning", "err", "error", "critical", "fatal", "exception"};
    char word[10];
    size_t size = 0;
    for (; p < end && size < sizeof word && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'; p++)
        word[size++] = (char)(*p | 0x20);
    if (p < end && (*p == '_' || is_digit(*p))) return 0;
    int cut = p < end && (unsigned char)*p >= 0x7F; /* of other letters nobody knows their small ones */
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (size <= strlen(levels[i]) && (cut || size == strlen(levels[i])) && !memcmp(word, levels[i], size))
            return 1;
    return 0;
}

/* Whether a line that begins with a digit may begin with a time; the number of a field does not. */
static int is_dated(const char *p, const char *end) {
    const char *q = p;
    while (q < end && (is_digit(*q) || *q == '.')) q++;
    if (q < end && (*q == ',' || *q == '}')) return 0;
    for (q = p; q < end && q < p + 16; q++)
        if (*q == ':' || *q == '-' || (unsigned char)*q >= 0x7F) return 1;
    return 0;
}

/* Whether a line may be one of a log, in a wrapper or not, and not a piece of fields. */
static int is_line(const char *p, const char *end) {
    char c = *p, small = c | 0x20, second = end - p > 1 ? p[1] : ' ';
    if (c == '[') return second != '"' && second != '{';
    if (c == '<' || c == '`' || memchr(p, '|', (size_t)(end - p < PREFIX ? end - p : PREFIX))) return 1;
    if (is_digit(c)) return is_dated(p, end);
    if (small < 'a' || small > 'z') return 0;
    if (BEGINS(p, end, "F ") || BEGINS(p, end, "std")) return 1;
    return (c != small && end - p > 5 && p[3] == ' ' && is_digit(p[5])) || is_level(p, end); /* Nov 20 */
}

/* Whether a word of its own begins here, however full the line above is: a closing quote is none. */
static int begins_word(const char *p, const char *end) {
    if (*p == '(' || *p == '[' || *p == '{') return 1;
    return (*p == '"' || *p == '\'') && !(end - p > 1 && strchr(",:)]}", p[1]));
}

/* Whether a line of fields goes on behind the one above with a word of its own. */
static int goes_on(const Slice *above, const char *p, const char *end) {
    if (*p == '"' && begins_word(p, end)) return 1;
    int whole = memchr(above->at, ' ', (size_t)above->size) != NULL;
    return (whole || strchr(",;:)]}", above->at[above->size - 1])) && !is_line(p, end);
}

/* How many characters stand there. */
static long characters(const char *p, const char *end) {
    long n = 0;
    for (; p < end; p++) n += ((unsigned char)*p & 0xC0) != 0x80;
    return n;
}

/* How wide the longest line of the fields is that begin at p: as wide as the screen, where a word was
 * folded. The first line begins with blanks. */
static long width_of_fields(const char *p, long indent, const char *all) {
    const char *begins = p - indent;
    long width = 0;
    do {
        const char *end = newline(p, all);
        long size = characters(begins, end);
        if (size > width) width = size;
        begins = p = end + 1;
    } while (p < all && is_first(*p));
    return width;
}

/* Whether a word that is longer than the screen goes on at p, behind a line of so many characters. */
static int is_folded_below(const Slice *above, long size, long width, const char *p, const char *end) {
    return !memchr(above->at, ' ', (size_t)above->size) && !strchr(",;:)]}", above->at[above->size - 1]) &&
           size >= width && !begins_word(p, end) && !is_line(p, end);
}

/* Write the fields that begin at p, each line behind a blank, unless a word of the line above goes on in
 * it, and go behind them, counting lines; NULL if they are in doubt. */
static const char *fields_below(const char *p, long indent, const char *all, char **out, int32_t *lines) {
    char *to = *out, last = 0;
    const char *first = p;
    long width = 0, size = 0;
    Slice above = {NULL, 0};
    for (int32_t n = 0; !n || (p < all && is_first(*p)); n++) {
        const char *end = newline(p, all), *stop = before_blanks(p, end);
        int folded = 0;
        if (end == all || last == '}') return NULL;
        if (above.at && !goes_on(&above, p, end)) {
            if (!width) width = width_of_fields(first, indent, all);
            if (!(folded = is_folded_below(&above, size, width, p, end))) return NULL;
        }
        last = stop[-1];
        if (last <= ' ' || last >= 0x7F) return NULL;
        above = (Slice){p, (int32_t)(stop - p)};
        size = characters(n ? p : p - indent, stop);
        if (!folded) *to++ = ' ';
        memcpy(to, p, (size_t)above.size);
        to += above.size;
        p = end + 1;
        ++*lines;
    }
    *out = to;
    return last == '}' ? p : NULL;
}

#endif
