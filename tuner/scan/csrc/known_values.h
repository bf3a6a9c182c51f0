/* The values of records of a known kind, and how Python's `json.dumps` writes their texts. */
#ifndef TUNER_KNOWN_VALUES_H
#define TUNER_KNOWN_VALUES_H

#include "export_lines.h"
#include <stdio.h>

/* Whether Python writes the number like this: a whole one without a needless sign or nought. */
static int is_usual_whole(const char *p, const char *end) {
    enum { MOST = 19 }; /* of 64 bits */
    int negative = p < end && *p == '-';
    const char *first = p + negative;
    for (p = first; p < end && is_digit(*p);) p++;
    if (p < end || p == first || p - first > MOST - negative) return 0;
    return *first != '0' || (p == first + 1 && !negative);
}

/* The same of more digits than any double holds: it is the shortest text that reads as the number. */
static int is_shortest(const char *p, long size) {
    char text[40] = {0}, again[40];
    memcpy(text, p, (size_t)size);
    double value = strtod(text, NULL);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(again, sizeof again, "%.*g", digits, value);
        if (strtod(again, NULL) == value) return strcmp(text, again) == 0;
    }
    return 0;
}

/* The same of a number with a point, and without an exponent. */
static int is_usual_decimal(const char *p, const char *end) {
    enum { SURE = 15, MOST = 23 }; /* 17 digits that count behind 0.000, and room */
    const char *first = p + (p < end && *p == '-'), *point = first, *last = end - 1;
    while (point < end && is_digit(*point)) point++;
    if (point == first || end - point < 2 || *point != '.' || (*first == '0' && point > first + 1)) return 0;
    for (p = point + 1; p < end; p++)
        if (!is_digit(*p)) return 0;
    if ((*last == '0' && last > point + 1) || end - first > MOST) return 0;
    if (BEGINS(first, end, "0.0000")) return 0; /* it has an exponent */
    return end - first - 1 <= SURE || is_shortest(first, end - first);
}

/* Whether a text stays one where a store made texts of all values: it is no number, word or value
 * of JSON, nor could it be one if it was written without escapes. */
static int stays_text(const char *p, const char *end) {
    if (p == end || strchr("\"\\{[", *p)) return 0;
    if (!is_digit(*p) && *p != '-')
        return !((end - p == 4 && (BEGINS(p, end, "true") || BEGINS(p, end, "null"))) ||
                 (end - p == 5 && BEGINS(p, end, "false")));
    for (; p < end && *p != '\\'; p++)
        if (!is_digit(*p) && !strchr("+-.eE \t", *p)) return 1;
    return 0;
}

/* Behind what is escaped twice at p, as \\n or \\\"; NULL if that is in doubt. */
static const char *nested_escape(const char *p, const char *end) {
    if (end - p < 3 || p[1] != '\\' || !p[2]) return NULL;
    if (p[2] == '\\') return end - p > 3 && strchr("\\\"", p[3]) && p[3] ? p + 4 : NULL;
    return strchr("bfnrtu", p[2]) ? p + 3 : NULL;
}

/* Whether a text is one word in ASCII. */
static int is_one_word(const char *p, const char *end) {
    if (p == end) return 0;
    while (p < end && *p > ' ' && *p < 0x7F && *p != '\\') p++;
    return p == end;
}

/* Take the quotes of its own off a text: \"text\"; 0 if it has none. What is no word has to be wanted.
 * One with escapes keeps its quotes, which no other text begins with. */
static int unquote(Slice *text, int is_nested) {
    static const char QUOTE[] = "\\\"";
    const char *p = text->at, *end = p + text->size, *last = end - 2;
    if (end - p < 4 || !BEGINS(p, end, QUOTE) || !BEGINS(last, end, QUOTE)) return 0;
    if (!is_nested && !is_one_word(p + 2, last)) return 0;
    const char *escaped = memchr(p + 2, '\\', (size_t)(last - p - 2));
    if (!escaped) *text = (Slice){p + 2, (int32_t)(last - p - 2)};
    while (escaped) {
        if (!(p = nested_escape(escaped, last))) return 0;
        escaped = memchr(p, '\\', (size_t)(last - p));
    }
    return 1;
}

/* Write what stands between such quotes as it was before it became a text, and go behind it. */
static char *unnested(const Slice *text, char *out) {
    const char *p = text->at + 2, *end = text->at + text->size - 2;
    while (out = copied(&p, end, out), p < end) {
        p += *p == '\\';
        *out++ = *p++;
    }
    return out;
}

/* Behind the text at p, if its value has this form; else NULL. */
static const char *text_of_form(int form, const char *p, const char *end, Slice *text) {
    int escaped = 0;
    const char *close = *p == '"' ? string(p + 1, end, &escaped) : NULL, *from = p + 1;
    if (!close) return NULL;
    *text = (Slice){from, (int32_t)(close - from)};
    int fits = form == PLAIN_TEXT     ? stays_text(from, close)
               : form == WHOLE_TEXT   ? is_usual_whole(from, close)
               : form == DECIMAL_TEXT ? is_usual_decimal(from, close)
                                      : unquote(text, form == NESTED_TEXT);
    return fits ? close + 1 : NULL;
}

/* Behind the word at p that stands alone and stays a text; else NULL. */
static const char *word(const char *p, const char *end, Slice *text) {
    const char *stop = p;
    while (stop < end && *stop > ' ' && *stop < 0x7F && !strchr("\"'=\\", *stop)) stop++;
    if (!stays_text(p, stop) || strchr(",;", stop[-1])) return NULL;
    if (BEGINS(p, stop, "True") || BEGINS(p, stop, "False") || BEGINS(p, stop, "None")) return NULL;
    *text = (Slice){p, (int32_t)(stop - p)};
    return stop;
}

/* Behind the text at p, as Python quotes one without apostrophes; else NULL. */
static const char *in_apostrophes(const char *p, const char *end, Slice *text) {
    const char *from = p + 1, *stop = from;
    while (*p == '\'' && stop < end && *stop != '\'' && (unsigned char)*stop >= ' ') stop++;
    if (*p != '\'' || stop == end || *stop != '\'') return NULL;
    *text = (Slice){from, (int32_t)(stop - from)};
    return memchr(from, '\\', (size_t)(stop - from)) ? NULL : stop + 1;
}

/* Whether such a sign may stand in a message without making it another. */
static int is_plain_sign(char c) { return c >= ' ' && c < 0x7F && !strchr("=[]{}\\", c); }

/* Whether the message at p may be read as a logger and another message: word: text, word - text. */
static int may_name_a_logger(const char *p, const char *end) {
    const char *first = p;
    while (p < end && *p > ' ' && *p != ':' && *p != '|') p++;
    if (p == end || *p != ' ' || p == first || p[-1] == '-') return 1;
    while (p < end && *p == ' ') p++;
    return p == end || strchr("-:|", *p) != NULL;
}

/* Behind the message at p and the blanks that follow it; NULL if it is in any doubt. */
static const char *message_of_line(const char *p, const char *end, Slice *text) {
    const char *stop = p;
    while (end - stop > 1 && is_plain_sign(*stop) && !(*stop == ' ' && (stop[1] == ' ' || stop[1] == '[')))
        stop++;
    if (stop == p || end - stop < 2 || *stop != ' ' || strchr("|->~=:,;", stop[-1])) return NULL;
    int starts_a_word = is_digit(*p) || *p == '_' || ((*p | 32) >= 'a' && (*p | 32) <= 'z');
    if (!starts_a_word || may_name_a_logger(p, end)) return NULL;
    *text = (Slice){p, (int32_t)(stop - p)};
    while (stop < end && *stop == ' ') stop++;
    return stop;
}

/* Behind the time at p, 2026-11-20T09:36:05.904Z or with a blank in its middle; else NULL. */
static const char *time_of_line(const char *p, const char *end, Slice *text) {
    enum { SECONDS = sizeof "2026-11-20T09:36:05" - 1 };
    const char *stop = p + SECONDS;
    if (end - p <= SECONDS || p[4] != '-' || !is_digit(*p)) return NULL;
    while (stop < end && (is_digit(*stop) || strchr(".,+:Z", *stop)) && *stop) stop++;
    *text = (Slice){p, (int32_t)(stop - p)};
    return stop < end && *stop == ' ' ? stop : NULL;
}

/* Behind the value at p, if it has this form; else NULL. */
static const char *of_form(int form, const char *p, const char *end, Slice *value) {
    if (form < A_WHOLE) return text_of_form(form, p, end, value);
    if (form == A_WORD) return word(p, end, value);
    if (form == IN_APOSTROPHES) return in_apostrophes(p, end, value);
    if (form == A_TIME) return time_of_line(p, end, value);
    if (form == A_MESSAGE) return message_of_line(p, end, value);
    const char *stop = numeral(p, end);
    if (!stop) return NULL;
    *value = (Slice){p, (int32_t)(stop - p)};
    return (form == A_WHOLE ? is_usual_whole : is_usual_decimal)(p, stop) ? stop : NULL;
}

/* Write a code as \u00e9, one above FFFF as two. */
static char *as_codes(uint32_t code, char *out) {
    if (code > 0xFFFF) {
        code -= 0x10000;
        out = as_codes(0xD800 | code >> 10, out);
        code = 0xDC00 | (code & 0x3FF);
    }
    *out++ = '\\', *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *out++ = "0123456789abcdef"[code >> shift & 15];
    return out;
}

/* Write the sequence of UTF-8 at *p, and go behind it. */
static char *codes_of(const char **p, const char *end, char *out) {
    const unsigned char *s = (const unsigned char *)*p;
    int n = utf8(s, (const unsigned char *)end);
    if (!n) return NULL;
    uint32_t code = n == 2 ? s[0] & 0x1Fu : n == 3 ? s[0] & 0xFu : s[0] & 7u;
    for (int i = 1; i < n; i++) code = code << 6 | (s[i] & 0x3Fu);
    *p += n;
    return as_codes(code, out);
}

/* Write the escape at *p as Python does, and go behind it; NULL if that is in doubt. */
static char *escape_of(const char **p, const char *end, char *out) {
    int size = escape(*p, end), code = size == 6 ? code_of(*p + 2) : -1;
    if (!size || (*p)[1] == '/' || (size == 6 && code < 0x80)) return NULL;
    if (size == 6) out = as_codes((uint32_t)code, out);
    else memcpy(out, *p, 2), out += 2;
    *p += size;
    return out;
}

/* Write a sign of a text; a quote stands in texts that are in no quotes like it. */
static char *sign(char c, char *out) {
    if (c == '"') *out++ = '\\';
    *out++ = c;
    return out;
}

/* Write a text of JSON as Python does: in ASCII; NULL if that is in doubt. Up to sixteen bytes more
 * may be written over. */
static char *as_ascii(const Slice *text, char *out) {
    const char *p = text->at, *end = p + text->size;
    if (memchr(p, 0x7F, (size_t)text->size)) return NULL; /* which Python writes as a code */
    while (out = copied(&p, end, out), p < end) {
        if (*p & 0x80) out = codes_of(&p, end, out);
        else if (*p == '\\') out = escape_of(&p, end, out);
        else if ((unsigned char)*p < ' ') return NULL;
        else out = sign(*p++, out);
        if (!out) return NULL;
    }
    return out;
}

/* Write a text of JSON, without codes, as it stands there; NULL if that is in doubt. */
static char *as_utf8(const Slice *text, char *out) {
    const char *p = text->at, *end = p + text->size;
    while (out = copied(&p, end, out), p < end) {
        int n = *p & 0x80 ? utf8((const unsigned char *)p, (const unsigned char *)end) : 1;
        if (*p == '\\') n = end - p > 1 && strchr("\"\\bfnrt", p[1]) ? 2 : 0;
        else if ((unsigned char)*p < ' ') n = 0;
        if (!n) return NULL;
        if (*p == '"') *out++ = '\\'; /* of a text that stands in no quotes like this */
        memcpy(out, p, (size_t)n);
        out += n;
        p += n;
    }
    return out;
}

#endif
