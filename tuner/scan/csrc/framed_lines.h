/* Lines with something before each, as logcli and syslog over a connection send them: the time and
 * labels, or a length. */
#ifndef TUNER_FRAMED_LINES_H
#define TUNER_FRAMED_LINES_H

#include "known_records.h"

/* --- labels: TIME {app="agent", pod="a-1"} line --------------------------------------------------- */

static int is_of_name(char c) {
    return is_digit(c) || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Behind the labels whose brace is at p; NULL if they are none. */
static const char *labels(const char *p, const char *end) {
    for (p++; p < end && *p != '}';) {
        if (!is_of_name(*p) || is_digit(*p)) return NULL;
        while (p < end && is_of_name(*p)) p++;
        if (!BEGINS(p, end, "=\"")) return NULL;
        for (p += 2; p < end && *p != '"'; p++) p += *p == '\\';
        if (p++ >= end) return NULL;
        p += BEGINS(p, end, ", ") ? 2 : 0;
    }
    return p < end ? p + 1 : NULL;
}

/* The time at p, 2026-11-20T09:36:05.904Z or 2026-11-20T09:36:05+01:00, before a blank. */
static Slice time_before_labels(const char *p, const char *end) {
    enum { SECOND = 19, LONGEST = 35, OFFSET = 6 };
    const char *blank = end - p > LONGEST ? memchr(p, ' ', LONGEST + 1) : NULL;
    int32_t size = blank ? (int32_t)(blank - p) : 0, zone;
    if (size <= SECOND || p[SECOND] == ',') return (Slice){NULL, 0};
    zone = p[size - 1] == 'Z' ? 1 : OFFSET;
    if (size < SECOND + zone || size - zone > SECOND + 10) return (Slice){NULL, 0};
    return zone == 1 || strchr("+-", p[size - zone]) ? (Slice){p, size} : (Slice){NULL, 0};
}

/* Where the text begins in the line at p, whose time is given; NULL if no labels stand before it. */
static const char *behind_labels(const Labels *form, const char *p, const char *end, int32_t time) {
    const char *brace = p + time + 1, *close, *stop, *start;
    if (brace >= end || *brace != '{' || !(close = labels(brace, end))) return NULL;
    for (stop = close; stop < end && (*stop == ' ' || *stop == '\t');) stop++;
    if (stop == close) return NULL;
    start = close + form->gap > p + form->column ? close + form->gap : p + form->column;
    return start < stop ? start : stop;
}

/* Take the line at p; 0 if that is in doubt. */
static int labelled(Minute *minute, const Labels *form, const char *p, const char *end, char *out,
                    Kept *kept) {
    Slice time = time_before_labels(p, end);
    const char *start = time.at ? behind_labels(form, p, end, time.size) : NULL;
    if (!start || stored_time(minute, &time) < 0 || (start < end && *start == '\r')) return 0;
    while (end > start && end[-1] == '\r') end--;
    memcpy(out, start, (size_t)(end - start));
    kept->stop = out + (end - start);
    kept->time = own_time(minute, out, kept->stop);
    return kept->time >= 0 || stamp(minute, out, &time, kept);
}

/* Take the lines of a text, as long as they are in no doubt. */
void scan_labelled(Taken *taken, const Labels *form, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *end;
    char *out = text;
    for (; p < all && taken->n < MOST_TAKEN; p = end + 1, taken->line++) {
        Kept kept = {0};
        end = memchr(p, '\n', (size_t)(all - p > taken->longest ? taken->longest : all - p));
        if (!end || !labelled(&taken->minute, form, p, end, out, &kept) || is_other(taken, &kept)) break;
        keep(taken, &kept, 1);
        out = put(kept.stop, "\n");
    }
    taken->at = p - data;
    taken->size = out - text;
}

/* --- lengths: 123 <134>1 2026-11-20T09:36:05Z host agent 42 - - line ----------------------------- */

/* Behind the message whose length stands at p, and its beginning; NULL: any doubt. */
static const char *counted(const char *p, const char *all, int64_t longest, const char **message) {
    enum { MOST = 7, AHEAD = 16 };
    int64_t size = 0;
    const char *first = p;
    for (; p - first < MOST && p < all && is_digit(*p); p++) size = size * 10 + *p - '0';
    if (p == first || all - p < AHEAD || p[0] != ' ' || p[1] != '<') return NULL;
    int32_t digits_n = 0;
    while (is_digit(p[2 + digits_n])) if (++digits_n > 3) return NULL;
    if (!digits_n || p[2 + digits_n] != '>') return NULL;
    *message = p + 1;
    if (!size || size + (*message - first) > longest || size > all - *message - AHEAD) return NULL;
    return *message + size;
}

/* Take the message from p on; 0 if it is no line with the time of LiveKit's JSON. `lines`: how many
 * ends of lines it has. */
static int message_line(Minute *minute, const char *p, const char *end, char *out, Kept *kept,
                        int64_t *lines) {
    for (; end > p && (end[-1] == '\n' || end[-1] == '\r'); end--) *lines += end[-1] == '\n';
    if (end == p || memchr(p, '\n', (size_t)(end - p))) return 0;
    memcpy(out, p, (size_t)(end - p));
    *kept = (Kept){out + (end - p), own_time(minute, p, end), 0};
    return kept->time >= 0;
}

/* Take the messages of a text, as long as they are in no doubt: each has to be followed by a digit,
 * behind any ends of lines. */
void scan_counted(Taken *taken, const void *form, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *message, *next, *behind;
    char *out = text;
    (void)form;
    for (; p < all && taken->n < MOST_TAKEN; p = behind) {
        Kept kept = {0};
        int64_t lines = 0;
        if (!(next = counted(p, all, taken->longest, &message))) break;
        for (behind = next; behind < all && (*behind == '\n' || *behind == '\r');) behind++;
        if (behind - next >= 16 || behind == all || !is_digit(*behind)) break;
        if (!message_line(&taken->minute, message, next, out, &kept, &lines)) break;
        keep(taken, &kept, lines);
        taken->line += lines ? lines : *next == '\n' || (*next == '\r' && next[1] == '\n');
        out = put(kept.stop, "\n");
    }
    taken->at = p - data;
    taken->size = out - text;
}

#endif
