/* Records that take several lines each are written anew as an object of JSON on one line, to the letter
 * as msgspec writes what Python reads in them. */
#ifndef TUNER_JSON_WRITER_H
#define TUNER_JSON_WRITER_H

#include "known_values.h"

enum { MOST_OPEN_NAMES = 256, LONGEST_NAME = 128 };

/* What is written, and the names of the objects that are open, those of the innermost from `first` on. */
typedef struct {
    const char *p, *end;
    char *out;
    const Spread *spread;
    int32_t first, names_n;
    Slice names[MOST_OPEN_NAMES];
} Writer;

/* Write a byte of a text. */
static char *written_byte(char c, char *out) {
    static const char odd[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
    if ((unsigned char)c >= ' ' && c != '"' && c != '\\') {
        *out++ = c;
        return out;
    }
    const char *known = c ? strchr(odd, c) : NULL;
    if (!known) return as_codes((uint32_t)c, out);
    *out++ = '\\';
    *out++ = letters[known - odd];
    return out;
}

/* Write the character at p; returns its size, 0 if it is no UTF-8. */
static int write_character(Writer *to, const char *p) {
    int n = *p & 0x80 ? utf8((const unsigned char *)p, (const unsigned char *)to->end) : 1;
    if (n == 1) to->out = written_byte(*p, to->out);
    else memcpy(to->out, p, (size_t)n), to->out += n;
    return n;
}

/* Write bytes of a text; 0 if they are no UTF-8. */
static int write_signs(Writer *to, const char *p, const char *stop) {
    for (int n; p < stop; p += n) {
        to->out = copied(&p, stop, to->out);
        if (p == stop) break;
        if (!(n = write_character(to, p)) || p + n > stop) return 0;
    }
    return 1;
}

/* Write a text; 0 if it is no UTF-8. */
static int write_text(Writer *to, const char *p, const char *stop) {
    *to->out++ = '"';
    if (!write_signs(to, p, stop)) return 0;
    *to->out++ = '"';
    return 1;
}

/* Begin an object; returns where the names of the one around it begin. */
static int32_t open_object(Writer *to) {
    int32_t around = to->first;
    to->first = to->names_n;
    *to->out++ = '{';
    return around;
}

/* Write a name of the open object, and what stands before its value; 0 if it has one like it. */
static int write_name(Writer *to, const char *p, const char *stop) {
    Slice name = {p, (int32_t)(stop - p)};
    if (stop == p || stop - p > LONGEST_NAME || to->names_n == MOST_OPEN_NAMES) return 0;
    for (int32_t i = to->first; i < to->names_n; i++)
        if (to->names[i].size == name.size && same(to->names[i].at, p, name.size)) return 0;
    if (to->names_n > to->first) *to->out++ = ',';
    to->names[to->names_n++] = name;
    if (!write_text(to, p, stop)) return 0;
    *to->out++ = ':';
    return 1;
}

static void close_object(Writer *to, int32_t around) {
    to->names_n = to->first;
    to->first = around;
    *to->out++ = '}';
}

/* Write what stands there as it is. */
static void write_as_it_is(Writer *to, const char *p, const char *stop) {
    memcpy(to->out, p, (size_t)(stop - p));
    to->out += stop - p;
}

/* Whether there is a number that Python writes like this, of not too many digits for any reader. */
static int is_plain_number(const char *p, const char *stop) {
    enum { MOST = 18 };
    return (stop - p <= MOST && is_usual_whole(p, stop)) || is_usual_decimal(p, stop);
}

/* --- values of JSON ------------------------------------------------------------------------------ */

/* Write the text of JSON at to->p, and go behind it; 0: any doubt. */
static int again_text(Writer *to) {
    int escaped = 0;
    char character[16], *stop;
    const char *close = string(to->p + 1, to->end, &escaped), *p = to->p;
    if (!close) return 0;
    if (!escaped) {
        write_as_it_is(to, p, close + 1);
    } else {
        for (*to->out++ = '"', p++; p < close;) {
            to->out = copied(&p, close, to->out);
            if (p < close && *p != '\\') *to->out++ = *p++;
            if (p == close || *p != '\\') continue;
            if (BEGINS(p, close, "\\n")) *character = '\n', stop = character + 1, p += 2;
            else if (!(stop = unescaped(&p, close, character))) return 0;
            for (const char *c = character; c < stop; c++) to->out = written_byte(*c, to->out);
        }
        *to->out++ = '"';
    }
    to->p = close + 1;
    return 1;
}

static int again(Writer *to, int depth);

/* Write the members of the object, or the values of the list, at to->p; 0: any doubt. */
static int again_inside(Writer *to, int depth) {
    char last = *to->p == '[' ? ']' : '}';
    int32_t around = 0, n = 0;
    Slice name;
    if (last == '}') around = open_object(to);
    else *to->out++ = '[';
    to->p = blanks(to->p + 1, to->end);
    for (; to->p < to->end && (n || *to->p != last); n++) {
        if (last == ']' && n) *to->out++ = ',';
        if (last == '}') {
            if (!(to->p = member(to->p, to->end, &name))) return 0;
            if (!write_name(to, name.at, name.at + name.size)) return 0;
        }
        if (!again(to, depth)) return 0;
        to->p = blanks(to->p, to->end);
        if (to->p == to->end || *to->p != ',') break;
        to->p = blanks(to->p + 1, to->end);
        if (to->p < to->end && *to->p == last) return 0;
    }
    if (to->p == to->end || *to->p != last) return 0;
    to->p++;
    if (last == '}') close_object(to, around);
    else *to->out++ = ']';
    return 1;
}

/* Write the value of JSON at to->p without blanks, and go behind it; 0: any doubt. */
static int again(Writer *to, int depth) {
    const char *p = to->p;
    if (p == to->end) return 0;
    if (*p == '"') return again_text(to);
    if (*p == '{' || *p == '[') return depth < DEEPEST_EXPORT && again_inside(to, depth + 1);
    if (BEGINS(p, to->end, "null") || BEGINS(p, to->end, "true")) to->p += 4;
    else if (BEGINS(p, to->end, "false")) to->p += 5;
    else if (!(to->p = numeral(p, to->end)) || !is_plain_number(p, to->p)) return 0;
    write_as_it_is(to, p, to->p);
    return 1;
}

#endif
