/* Texts in YAML written anew as JSON's: in quotes of either kind, in none, and on several lines. */
#ifndef TUNER_YAML_TEXTS_H
#define TUNER_YAML_TEXTS_H

#include "json_writer.h"

/* The column of what stands on the line at to->p; -1: nothing does, or there is no line. */
static int32_t yaml_column(const Writer *to) {
    const char *p = to->p;
    while (p < to->end && *p == ' ') p++;
    return p < to->end && *p != '\n' ? (int32_t)(p - to->p) : -1;
}

/* Go behind the end of the line; 0 if anything stands before it. */
static int yaml_line_end(Writer *to) {
    if (to->p == to->end || *to->p != '\n') return 0;
    to->p++;
    return 1;
}

/* Whether a sign is one of ASCII that stands in texts as it is, but for JSON's backslash before it. */
static int is_yaml_ascii(char c) { return c >= ' ' && c != 0x7F; }

/* Write the signs at to->p that stand for themselves in any text, as long as there are sixteen more. Up
 * to sixteen bytes behind them may be written over. */
static void yaml_run(Writer *to) {
    for (int n = 16; n == 16 && to->end - to->p >= 16; to->p += n, to->out += n) {
        Bytes bytes, odd;
        uint64_t half[2];
        memcpy(&bytes, to->p, sizeof bytes);
        odd = (bytes < ' ') | (bytes == '"') | (bytes == '\\') | (bytes == '\'') | (bytes == ':') |
              (bytes == '#') | (bytes == 0x7F);
        memcpy(half, &odd, sizeof half);
        n = half[0] ? __builtin_ctzll(half[0]) / 8 : half[1] ? 8 + __builtin_ctzll(half[1]) / 8 : 16;
        memcpy(to->out, to->p, 16);
    }
}

/* Write the character of a text at to->p, and go behind it; 0 if YAML has its own way with it. */
static int yaml_character(Writer *to) {
    if (LIKELY(is_yaml_ascii(*to->p))) {
        if (*to->p == '"' || *to->p == '\\') *to->out++ = '\\';
        *to->out++ = *to->p++;
        return 1;
    }
    const unsigned char *p = (const unsigned char *)to->p;
    int n = write_character(to, to->p);
    if (!n || *p < ' ' || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0)) return 0;
    if (*p == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9)) return 0; /* ends of lines */
    if (*p == 0xEF && ((p[1] == 0xBB && p[2] == 0xBF) || (p[1] == 0xBF && p[2] > 0xBD))) return 0;
    to->p += n;
    return 1;
}

/* --- texts in quotes ------------------------------------------------------------------------------ */

/* Go from the end of a line to what goes on below it; returns how many lines are empty, -1: any doubt. */
static int32_t yaml_below(Writer *to) {
    int32_t n = -1, column = 0;
    for (; to->p < to->end && *to->p == '\n'; n++) {
        for (to->p++, column = 0; to->p < to->end && *to->p == ' '; column++) to->p++;
    }
    return to->p < to->end && column ? n : -1;
}

/* Write what the end of a line and the empty ones below it stand for; 0: any doubt. */
static int yaml_fold(Writer *to, const char *solid) {
    while (to->out > solid && to->out[-1] == ' ') to->out--;
    int32_t n = yaml_below(to);
    if (n < 0) return 0;
    if (!n) *to->out++ = ' ';
    for (; n > 0; n--) to->out = written_byte('\n', to->out);
    return 1;
}

static int yaml_single(Writer *to) {
    char *solid = to->out + 1;
    for (*to->out++ = '"', to->p++; yaml_run(to), to->p < to->end;) {
        if (*to->p == '\'' && (to->end - to->p == 1 || to->p[1] != '\'')) {
            to->p++;
            *to->out++ = '"';
            return yaml_line_end(to);
        }
        if (*to->p == '\n') {
            if (!yaml_fold(to, solid)) return 0;
            continue;
        }
        to->p += *to->p == '\'';
        if (!yaml_character(to)) return 0;
    }
    return 0;
}

/* The code of so many hexadecimal digits at p; -1: they are none, or of no character. */
static int32_t yaml_code(const char *p, const char *end, int n) {
    int32_t code = 0;
    if (end - p < n) return -1;
    for (int i = 0; i < n; i++) {
        char low = (char)(p[i] | 0x20);
        if (!is_digit(p[i]) && !(low >= 'a' && low <= 'f')) return -1;
        if (code > 0x10FFFF >> 4) return -1;
        code = code << 4 | (is_digit(p[i]) ? p[i] - '0' : low - 'a' + 10);
    }
    return code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? -1 : code;
}

/* Write a character by its code. */
static void write_code(Writer *to, int32_t code) {
    if (code < 0x80) {
        to->out = written_byte((char)code, to->out);
        return;
    }
    int n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, code >>= 6) to->out[i] = (char)(0x80 | (code & 0x3F));
    to->out[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | code);
    to->out += n;
}

/* Write what the escape at to->p stands for, and go behind it; 0: any doubt. */
static int yaml_escape(Writer *to) {
    static const char from[] = "0abtnvfre \"\\_", code[] = "\0\a\b\t\n\v\f\r\x1b \"\\\xA0";
    if (to->end - to->p < 2 || !to->p[1]) return 0;
    char c = to->p[1];
    if (c == '\n') {
        to->p++;
        return yaml_below(to) == 0;
    }
    const char *known = strchr(from, c);
    int n = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    int32_t of = known ? (unsigned char)code[known - from] : n ? yaml_code(to->p + 2, to->end, n) : -1;
    if (of < 0) return 0;
    write_code(to, of);
    to->p += 2 + n;
    return 1;
}

static int yaml_double(Writer *to) {
    char *solid = to->out + 1;
    for (*to->out++ = '"', to->p++; yaml_run(to), to->p < to->end;) {
        if (*to->p == '"') {
            to->p++;
            *to->out++ = '"';
            return yaml_line_end(to);
        }
        if (*to->p == '\n') {
            if (!yaml_fold(to, solid)) return 0;
        } else if (*to->p == '\\') {
            if (!yaml_escape(to)) return 0;
            solid = to->out;
        } else if (!yaml_character(to))
            return 0;
    }
    return 0;
}

/* --- texts in none ------------------------------------------------------------------------------ */

/* Write the lines below `|` or `|-`, which stand further to the right than `column`; 0: any doubt. */
static int yaml_literal(Writer *to, int32_t column) {
    int is_stripped = to->end - to->p > 1 && to->p[1] == '-';
    to->p += 1 + is_stripped;
    if (!yaml_line_end(to)) return 0;
    int32_t at = yaml_column(to), ends = 0;
    if (at <= column || to->p[at] == '\t') return 0;
    for (*to->out++ = '"'; to->p < to->end; ends++) {
        const char *stop = newline(to->p, to->end);
        int32_t here = yaml_column(to);
        if (here >= 0 && here < at) break;
        if (here < 0 && stop - to->p <= at) {
            to->p = stop + 1;
            continue;
        }
        for (; ends > 0; ends--) to->out = written_byte('\n', to->out);
        for (to->p += at; to->p < stop;) {
            if (*to->p == '\t') to->out = written_byte(*to->p++, to->out);
            else if (!yaml_character(to)) return 0;
        }
        to->p++;
    }
    if (!is_stripped) to->out = written_byte('\n', to->out);
    *to->out++ = '"';
    return 1;
}

/* Whether the text is one of YAML's words for a value, as BlockForm's loader knows them. */
static const char *yaml_word(const char *p, const char *end) {
    long size = end - p;
    if (size == 1 && *p == '~') return "null";
    if (size == 4 && BEGINS(p, end, "null")) return "null";
    if (size == 4 && (BEGINS(p, end, "true") || BEGINS(p, end, "True"))) return "true";
    return size == 5 && (BEGINS(p, end, "false") || BEGINS(p, end, "False")) ? "false" : NULL;
}

/* Whether a text is a number (1) or surely none (0); -1: any doubt. */
static int yaml_number(const char *p, const char *end) {
    if (!is_digit(*p) && *p != '-') return 0;
    if (is_plain_number(p, end)) return 1;
    for (; p < end; p++)
        if (!is_digit(*p) && !strchr("+-.eE", *p)) return 0;
    return -1;
}

/* Write the line of a plain text, and go behind it; 0: any doubt. */
static int yaml_plain_line(Writer *to) {
    for (const char *start = to->p; yaml_run(to), to->p < to->end && *to->p != '\n';) {
        char c = *to->p;
        char next = to->end - to->p > 1 ? to->p[1] : '\n';
        if ((c == '#' && (to->p == start || to->p[-1] == ' ')) || (c == ':' && (next == ' ' || next == '\n'))) return 0;
        if (!yaml_character(to)) return 0;
    }
    while (to->out[-1] == ' ') to->out--;
    return yaml_line_end(to);
}

/* Write a text without quotes, which goes on in lines further to the right than `column`. */
static int yaml_plain(Writer *to, int32_t column) {
    const char *p = to->p, *stop = newline(p, to->end), *word;
    if (strchr("?:,[]{}#&*!|>'\"%@` ", *p) || !*p || (*p == '-' && (stop - p < 2 || p[1] == ' '))) return 0;
    *to->out++ = '"';
    char *start = to->out;
    if (!yaml_plain_line(to)) return 0;
    int32_t below = yaml_column(to);
    for (; below > column; below = yaml_column(to)) {
        start = NULL; /* it is a text */
        to->p += below;
        *to->out++ = ' ';
        if (!yaml_plain_line(to)) return 0;
    }
    if (below < 0 && to->p < to->end) return 0;
    *to->out++ = '"';
    if (!start) return 1;
    while (stop > p && stop[-1] == ' ') stop--;
    int number = yaml_number(p, stop);
    word = number ? NULL : yaml_word(p, stop);
    if (number < 0) return 0;
    if (number || word) to->out = start - 1;
    if (number) write_as_it_is(to, p, stop);
    if (word) write_as_it_is(to, word, word + strlen(word));
    return 1;
}

static int yaml_scalar(Writer *to, int32_t column) {
    char c = *to->p;
    if (c == '\'') return yaml_single(to);
    if (c == '"') return yaml_double(to);
    if (c == '|') return yaml_literal(to, column);
    if (BEGINS(to->p, to->end, "{}\n") || BEGINS(to->p, to->end, "[]\n")) {
        write_as_it_is(to, to->p, to->p + 2);
        to->p += 3;
        return 1;
    }
    return yaml_plain(to, column);
}

#endif
