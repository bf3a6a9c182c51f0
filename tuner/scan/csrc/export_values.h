/* JSON as stores print it, with any blanks between its values. What is accepted here is valid; odd
 * numbers, keys written with escapes and half surrogates are left to Python. */
#ifndef TUNER_EXPORT_VALUES_H
#define TUNER_EXPORT_VALUES_H

#include "fields.h"

enum { DEEPEST_EXPORT = 32, MOST_DIGITS = 40 };

static const char *blanks(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) p++;
    return p;
}

/* Behind the number at p; NULL if it is not valid, or has a long exponent or very many digits. */
static const char *numeral(const char *p, const char *end) {
    p += *p == '-';
    const char *first = p;
    while (p < end && is_digit(*p)) p++;
    if (p == first || (*first == '0' && p > first + 1)) return NULL;
    if (p < end && *p == '.') {
        const char *point = p++;
        while (p < end && is_digit(*p)) p++;
        if (p == point + 1) return NULL;
    }
    if (p - first > MOST_DIGITS || p == end) return NULL;
    return *p == 'e' || *p == 'E' ? behind_exponent(p, end) : p;
}

/* The name of a member and where its value begins; NULL if that is in doubt. */
static const char *member(const char *p, const char *end, Slice *name) {
    int escaped = 0;
    const char *close = p < end && *p == '"' ? string(p + 1, end, &escaped) : NULL;
    if (!close || escaped) return NULL;
    *name = (Slice){p + 1, (int32_t)(close - p - 1)};
    p = blanks(close + 1, end);
    if (p == end || *p != ':') return NULL;
    p = blanks(p + 1, end);
    return p < end ? p : NULL;
}

static int is_named(const Step *step, const Slice *name) {
    return step->size == name->size && memcmp(step->text, name->at, (size_t)name->size) == 0;
}

static int is_time(const Paths *paths, const Slice *name) {
    for (int32_t i = 0; i < paths->times_n; i++)
        if (is_named(&paths->times[i], name)) return 1;
    return 0;
}

static const char *members(const char *p, const char *end, int depth, const Paths *timeless);

/* Behind the value at p; NULL if it is not valid. `timeless`: and none of its keys is a time's. */
static const char *any_value(const char *p, const char *end, int depth, const Paths *timeless) {
    int escaped = 0;
    const char *close = NULL;
    if (*p == '"') return (close = string(p + 1, end, &escaped)) ? close + 1 : NULL;
    if (*p == '{' || *p == '[')
        return depth < DEEPEST_EXPORT ? members(p, end, depth + 1, timeless) : NULL;
    if (BEGINS(p, end, "null") || BEGINS(p, end, "true")) return p + 4;
    if (BEGINS(p, end, "false")) return p + 5;
    return numeral(p, end);
}

/* Behind the list or object at p; NULL if it is not valid. */
static const char *members(const char *p, const char *end, int depth, const Paths *timeless) {
    Slice name;
    char last = *p == '[' ? ']' : '}';
    p = blanks(p + 1, end);
    if (p < end && *p == last) return p + 1;
    for (; p < end; p = blanks(p + 1, end)) {
        if (last == '}' && !(p = member(p, end, &name))) return NULL;
        if (last == '}' && timeless && is_time(timeless, &name)) return NULL;
        if (!(p = any_value(p, end, depth, timeless))) return NULL;
        p = blanks(p, end);
        if (p < end && *p == last) return p + 1;
        if (p == end || *p != ',') return NULL;
    }
    return NULL;
}

/* Write the JSON text that goes on at *p, up to its closing quote, and go behind that; NULL if it
 * is not valid. Up to sixteen bytes more may be written over. */
static char *unescaped_text(const char **at, const char *end, char *out) {
    const char *p = *at;
    while (out = copied(&p, end, out), p < end) {
        int n = 1;
        if (*p == '"') {
            *at = p + 1;
            return out;
        }
        if (BEGINS(p, end, "\\n")) {
            *out++ = '\n';
            p += 2;
        } else if (*p == '\\') {
            if (!(out = unescaped(&p, end, out))) return NULL;
        } else {
            if (*p & 0x80) n = utf8((const unsigned char *)p, (const unsigned char *)end);
            if (!n || (unsigned char)*p < ' ') return NULL;
            memcpy(out, p, (size_t)n);
            out += n;
            p += n;
        }
    }
    return NULL;
}

/* Write the bytes that the list of numbers at *p stands for, and go behind it; NULL if it is none, or
 * if they are no text. */
static char *listed_bytes(const char **at, const char *end, char *out) {
    const char *p = *at;
    char *start = out;
    do {
        int byte = -1, n = 0;
        for (p = blanks(p + 1, end); p < end && n < 3 && is_digit(*p); p++, n++)
            byte = 10 * (n ? byte : 0) + (*p - '0');
        if (byte < 0 || byte > 255 || (n > 1 && p[-n] == '0')) return NULL;
        *out++ = (char)byte;
        p = blanks(p, end);
    } while (p < end && *p == ',');
    if (p == end || *p != ']' || !is_text(start, out)) return NULL;
    *at = p + 1;
    return out;
}

#endif
