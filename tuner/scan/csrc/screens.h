/* The records of a Rich screen in, a line for each of them out, up to the first that is in any
 * doubt: Python leaves that one to its own reading of the screen (`tuner/reading/rich_regions.py`).
 *
 * A record stands on several lines, from one row to the next. Where it reads in one way only, its
 * message, wrapped at blanks, and its fields, below the row or behind it, become one line of text.
 * Those of 1.3.1 to 1.3.5 have a column for the fields (`screen_columns.h`).
 */
#ifndef TUNER_SCREENS_H
#define TUNER_SCREENS_H

#include "screen_columns.h"
#include "screen_words.h"

enum { FIELDS_BEFORE = 22, LEAST_INDENT = 20, MOST_INDENT = 47 }; /* of the first line of fields */

/* Whether a record has damaged bytes, or colours as some store wrote them. */
static int is_damaged(const Screen *screen, const char *p, const char *end) {
    static const char *const colours[] = {"\x1b", "^[[", "#033", "\\033", "\\x1b", "\\u001b"};
    for (const char *q = p; screen->damaged && q < end; q++)
        if ((unsigned char)*q >= 0x7F || !*q) return 1;
    for (size_t i = 0; screen->coloured && i < sizeof colours / sizeof *colours; i++)
        for (const char *q = p; (q = memchr(q, *colours[i], (size_t)(end - q))); q++)
            if (end - q >= (long)strlen(colours[i]) && !memcmp(q, colours[i], strlen(colours[i]))) return 1;
    return 0;
}

/* Write what a message has at p, up to the line's end or a brace, and go there. */
static const char *message_piece(const char *p, const char *all, char **out) {
    const char *end = p;
    for (int is_cut; end < all && ((is_cut = BEGINS(end, all, ELLIPSIS)) || is_of_message(*end));)
        end += is_cut ? LENGTH(ELLIPSIS) : 1;
    *out = put_bytes(*out, p, before_blanks(p, end));
    return end;
}

/* Write the fields at p, behind the message, and go behind the line; NULL if they are in doubt. */
static const char *fields_behind(const char *p, const char *all, char **out) {
    const char *end = newline(p, all), *stop = before_blanks(p, end);
    if (end == all || p[-1] != ' ' || !BEGINS(p, stop, "{\"") || stop[-1] != '}') return NULL;
    *(*out)++ = ' ';
    *out = put_bytes(*out, p, stop);
    return end + 1;
}

/* Write the rest of a message in the lines at p, which began at `message`, and the fields below it, and
 * go behind them, counting lines; NULL if anything is in doubt. */
static const char *below(const Screen *screen, const RowHead *head, char *message, const char *p, const char *all,
                         char **out, int32_t *lines) {
    const char *word;
    while (word = past_blanks(p, all), word < all && word - p == head->column && is_of_message(*word)) {
        if (!head->wraps) return NULL;
        *(*out)++ = ' ';
        p = message_piece(word, all, out);
        if (p == all || *p != '\n') return NULL;
        p++, ++*lines;
    }
    if (!complete_words(screen, message, out)) return NULL;
    long indent = word - p;
    if (!BEGINS(word, all, "{\"") || indent < LEAST_INDENT || indent > MOST_INDENT) return p;
    if (indent > head->column || indent < head->column - FIELDS_BEFORE) return NULL;
    return fields_below(word, indent, all, out, lines);
}

/* Write the time of the row at p; NULL if it has none, and that of the row above is of another kind. */
static char *put_time(const Screen *screen, const RowHead *head, const char *data, const char *p, char *out) {
    if (*p != ' ') return put_bytes(out, p, p + head->time);
    if (screen->time < 0 || time_size(data + screen->time) != head->time) return NULL;
    p = data + screen->time;
    return put_bytes(out, p, p + head->time);
}

/* Write the message at p and its fields, and go behind them, counting lines; NULL: any doubt. */
static const char *wrapped_at_blanks(const Screen *screen, const RowHead *head, const char *p, const char *all,
                                     char **out, int32_t *lines) {
    char *message = *out;
    const char *end = message_piece(p, all, out);
    if (end < all && *end == '{')
        return complete_words(screen, message, out) ? fields_behind(end, all, out) : NULL;
    return end < all && *end == '\n' ? below(screen, head, message, end + 1, all, out, lines) : NULL;
}

/* Write the line of the record at p, and go behind the record, counting its lines; NULL: any doubt. */
static const char *screen_line(const Screen *screen, const RowHead *head, const char *data, const char *p,
                               const char *all, char **out, int32_t *lines) {
    char *to = put_time(screen, head, data, p + MARGIN, *out);
    const char *message = p + MARGIN + head->time + head->size, *end;
    if (!to || !head->line_size) return NULL;
    to = put_bytes(to, head->line, head->line + head->line_size);
    *lines = 1;
    end = (head->folds ? columns : wrapped_at_blanks)(screen, head, message, all, &to, lines);
    if (!end || *lines > screen->most_lines || end - p > screen->longest || is_damaged(screen, message, end)) return NULL;
    *to++ = '\n';
    *out = to;
    return end;
}

/* Note the time at p, that of the next row that has one: whether any call goes back in time, all taken
 * together. A step of half a day is midnight. */
void scan_follow_row(Screen *screen, const char *p) {
    enum { DAY_MS = 86400000 };
    int ms = time_size(p) == WHOLE_TIME ? digits(p + SHORT_TIME + 1, 3) : 0, last = screen->last_ms;
    ms += 1000 * (digits(p, 2) * 3600 + digits(p + 3, 2) * 60 + digits(p + 6, 2));
    screen->last_ms = ms;
    if (last < 0 || ms < last - DAY_MS / 2) {
        screen->latest_ms = ms;
        return;
    }
    screen->later += ms > last;
    screen->earlier += ms < last;
    screen->back += ms < screen->latest_ms - (int)(BACK_S * 1000) || ms > last + DAY_MS / 2;
    if (ms > screen->latest_ms) screen->latest_ms = ms;
}

/* Take the records from `at` on, as long as they are in no doubt. */
void scan_screen(Screen *screen, const char *data, int64_t size, char *text) {
    const char *p = data + screen->at, *all = data + size, *next;
    const RowHead *head = row_head(screen, p, all), *after;
    char *out = text + screen->size;
    for (int32_t lines; head && screen->n < MOST_LINES; p = next, head = after) {
        next = screen_line(screen, head, data, p, all, &out, &lines);
        after = next ? row_head(screen, next, all) : NULL;
        if (!next || (!after && next < all)) break;
        screen->starts[screen->n] = (int32_t)(p - data);
        screen->lines[screen->n] = screen->line;
        screen->times[screen->n++] = screen->time;
        screen->line += lines;
        if (p[MARGIN] != ' ') {
            screen->time = (int32_t)(p + MARGIN - data);
            scan_follow_row(screen, p + MARGIN);
        }
        screen->size = (int32_t)(out - text);
    }
    screen->at = (int32_t)(p - data);
}

#endif
