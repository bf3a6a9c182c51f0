/* Records of systemd's journal, of `aws logs tail` and of Logstash's rubydebug, written anew as JSON. */
#ifndef TUNER_JOURNAL_RECORDS_H
#define TUNER_JOURNAL_RECORDS_H

#include "json_writer.h"

/* --- journalctl -o verbose, -o export ------------------------------------------------------------ */

/* Whether a sign is a blank as Python's patterns know them. */
static int is_blank_sign(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Behind the name of a field at p, where what follows it stands; NULL if there is none. */
static const char *journal_name(const char *p, const char *end) {
    const char *start = p;
    while (p < end && ((*p >= 'A' && *p <= 'Z') || *p == '_' || (p > start && is_digit(*p)))) p++;
    return p > start && p < end ? p : NULL;
}

/* Behind the time at p, 2026-11-20 09:36:05.904371 UTC, if the rest of a record's first line follows. */
static const char *verbose_time(const char *p, const char *end) {
    static const char form[] = "0000-00-00 00:00:00.000000 ";
    for (const char *sign = form; *sign; sign++, p++)
        if (p == end || (*sign == '0' ? !is_digit(*p) : *p != *sign)) return NULL;
    const char *zone = p;
    while (p < end && !is_blank_sign(*p)) p++;
    return p > zone && BEGINS(p, end, " [s=") ? p : NULL;
}

/* The time on the first line of a record; NULL if the line is none. */
static const char *verbose_head(const char *p, const char *end) {
    if (end - p < 4 || *p < 'A' || *p > 'Z' || p[3] != ' ') return NULL;
    for (int i = 1; i < 3; i++)
        if (p[i] < 'a' || p[i] > 'z') return NULL;
    return p + 4;
}

/* Whether a line may have blanks of another kind at its ends. */
static int has_odd_ends(const char *p, const char *stop) {
    return p < stop && (strchr("\v\f\r", *p) || strchr("\v\f\r", stop[-1]));
}

/* Write a line of a record: a field, or more of the one before it, whose text is open. */
static int verbose_line(Writer *to, const char *p, const char *stop, int *open) {
    const char *bare = p, *last = stop, *behind;
    while (bare < stop && (*bare == ' ' || *bare == '\t')) bare++;
    while (last > bare && (last[-1] == ' ' || last[-1] == '\t')) last--;
    if (bare == last) return 1;
    if (has_odd_ends(bare, last) || stop[-1] == '\r') return 0;
    if ((behind = journal_name(bare, stop)) && *behind == '=') {
        if (*open) *to->out++ = '"';
        *open = 1;
        if (!write_name(to, bare, behind)) return 0;
        *to->out++ = '"';
        return write_signs(to, behind + 1, stop);
    }
    if (!*open) return 0;
    to->out = written_byte('\n', to->out);
    return write_signs(to, bare, last);
}

static int verbose_record(Writer *to) {
    const char *stop = newline(to->p, to->end), *time = verbose_head(to->p, stop), *behind;
    int32_t around = open_object(to);
    int open = 0;
    if (!time || !(behind = verbose_time(time, stop))) return 0;
    if (!write_name(to, "time", "time" + 4) || !write_text(to, time, behind)) return 0;
    for (to->p = stop + 1; to->p < to->end; to->p = stop + 1) {
        stop = newline(to->p, to->end);
        if (!verbose_line(to, to->p, stop, &open)) return 0;
    }
    if (open) *to->out++ = '"';
    close_object(to, around);
    to->p = to->end;
    return 1;
}

/* Write the value of a field whose length stands behind its name, at p; what is behind it, NULL: any doubt. */
static const char *journal_bytes(Writer *to, const char *p) {
    uint64_t size = 0;
    if (to->end - p < 9) return NULL;
    for (int i = 8; i--;) size = size << 8 | (unsigned char)p[i];
    p += 8;
    if (size >= (uint64_t)(to->end - p) || p[size] != '\n') return NULL;
    return write_text(to, p, p + size) ? p + size + 1 : NULL;
}

/* Write the fields of the record at to->p, and go behind the empty line that ends it. */
static int journal_record(Writer *to) {
    const char *p = to->p, *behind, *stop;
    int32_t around = open_object(to);
    for (; p < to->end && *p != '\n'; p = stop) {
        if (!(behind = journal_name(p, to->end)) || behind - p > 64) return 0;
        if (!write_name(to, p, behind)) return 0;
        if (*behind == '\n') {
            if (!(stop = journal_bytes(to, behind + 1))) return 0;
            continue;
        }
        stop = newline(behind, to->end);
        if (*behind != '=' || stop == to->end || !write_text(to, behind + 1, stop)) return 0;
        stop++;
    }
    if (p == to->end || p == to->p) return 0;
    to->p = p + 1;
    close_object(to, around);
    return 1;
}

/* --- objects behind a time ------------------------------------------------------------------------ */

/* Behind the time at p, as the pattern in `record_blocks.py` finds it; NULL: there is none. */
static const char *time_of_prefix(const char *p, const char *end) {
    static const char form[] = "0000-00-00";
    for (const char *sign = form; *sign; sign++, p++)
        if (p == end || (*sign == '0' ? !is_digit(*p) : *p != *sign)) return NULL;
    if (p == end || (*p != 'T' && *p != ' ')) return NULL;
    const char *clock = ++p;
    while (p < end && (is_digit(*p) || *p == ':' || *p == '.')) p++;
    if (p == clock) return NULL;
    if (p < end && *p == 'Z') return p + 1;
    if (end - p < 5 || (*p != '+' && *p != '-') || digits(p + 1, 2) < 0) return p;
    const char *minutes = p + 3 + (p[3] == ':');
    return end - minutes >= 2 && digits(minutes, 2) >= 0 ? minutes + 2 : p;
}

/* Write the record at to->p: a time, words, and an object. */
static int prefixed_record(Writer *to) {
    const char *stop = newline(to->p, to->end), *brace = memchr(to->p, '{', (size_t)(stop - to->p));
    const char *time = brace ? time_of_prefix(to->p, brace) : NULL, *start = to->p;
    if (!time) return 0;
    int32_t around = open_object(to);
    if (!write_name(to, "time", "time" + 4) || !write_text(to, start, time)) return 0;
    close_object(to, around);
    to->out[-1] = ',';
    char *inside = to->out;
    to->p = brace;
    if (!again(to, 0) || to->out - inside < 3) return 0;
    if (BEGINS(inside, to->out, "{\"time\":") || place_of(inside, to->out, ",\"time\":", 8)) return 0;
    memmove(inside, inside + 1, (size_t)(to->out - inside - 1));
    to->out--;
    to->p = blanks(to->p, to->end);
    return 1;
}

#endif
